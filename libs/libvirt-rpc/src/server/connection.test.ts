import { describe, expect, test, vi } from 'vitest';
import { eventProcedures, remoteProcedures as remote } from '../tables/index.js';
import { messageType, status } from '../wire/numbers.js';
import { asRoot, testServer } from './test-server.js';

const dom = { name: 'demo', uuid: 'c7a5fdbd-edaf-9455-926a-d65c16db1809', id: 3 };
const errorOf = async (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: { code?: number; domain?: number; message: string }) => [error.code, error.domain, error.message],
  );

test('a call is answered', async () => {
  const { client } = testServer();
  await client.open('qemu:///system');
  expect(await client.call(remote.connect_get_hostname, {})).toEqual({ hostname: 'gate' });
});

test.each([
  [
    'a refusal with number, part and words',
    remote.domain_lookup_by_name,
    { name: 'x' },
    [42, 10, "Domain not found: no domain with matching name 'x'"],
  ],
  ['a fault without its words', remote.connect_get_lib_version, {}, [1, 7, 'internal error: the server failed; see its log']],
  [
    'a procedure without a handler by its C name',
    remote.connect_get_sysinfo,
    { flags: 0 },
    [3, 13, 'this function is not supported by the connection driver: virConnectGetSysinfo'],
  ],
])('%s', async (_, procedure, args, expected) => {
  const { client, faults } = testServer();
  expect(await errorOf(client.call(procedure as never, args as never))).toEqual(expected);
  expect(faults).toHaveLength(procedure === remote.connect_get_lib_version ? 1 : 0);
  expect(await client.call(remote.connect_get_hostname, {})).toEqual({ hostname: 'gate' });
});

test('five calls of a client are at work at once, and all are answered', async () => {
  const { client, sessions } = testServer();
  const names = Array.from({ length: 40 }, (_, index) => `d${index}`);
  const replies = await Promise.all(names.map((xml_desc) => client.call(remote.domain_create_xml, { xml_desc, flags: 0 })));
  expect(replies.map((reply) => reply.dom.name)).toEqual(names);
  expect(sessions[0]?.mostRunning).toBe(5);
});

test('an event reaches the client that is told', async () => {
  const { client, sessions } = testServer();
  await client.open();
  const told = vi.fn();
  client.on(eventProcedures.domain_event_callback_lifecycle, told);
  await client.call(remote.connect_get_hostname, {});
  const message = { callbackID: 1, msg: { dom, event: 2, detail: 0 } };
  sessions[0]?.client.send(eventProcedures.domain_event_callback_lifecycle, message);
  await vi.waitFor(() => expect(told).toHaveBeenCalledWith(message));
});

test('a stream goes both ways and ends when the client says so', async () => {
  const { client, sessions } = testServer();
  const { stream } = await client.openStream(remote.domain_open_console, { dom, dev_name: undefined, flags: 0 });
  const reading = stream.read();
  expect((await reading.next()).value?.toString()).toBe('hello');
  stream.send(Buffer.from('abc'));
  stream.finish();
  expect((await reading.next()).done).toBe(true);
  expect(sessions[0]?.received).toEqual(['abc', 'finish']);
  // What comes after the end belongs to no stream.
  stream.send(Buffer.from('late'));
  expect(await client.call(remote.connect_get_hostname, {})).toEqual({ hostname: 'gate' });
  expect(sessions[0]?.received).toEqual(['abc', 'finish']);
});

test('a stream whose end fails is answered with why', async () => {
  const { client, faults } = testServer();
  const { stream } = await client.openStream(remote.domain_open_console, { dom, dev_name: undefined, flags: 0 });
  const reading = stream.read();
  await reading.next();
  stream.send(Buffer.from('bad'));
  stream.finish();
  await expect(reading.next()).rejects.toMatchObject({ code: 38, message: 'No space left on device' });
  expect(faults).toEqual([]);
});

test('a stream of 1 MiB comes whole, in pieces that every client takes', async () => {
  const { client, sessions } = testServer();
  const { stream } = await client.openStream(remote.domain_open_console, { dom, dev_name: undefined, flags: 0 });
  const big = Buffer.alloc(1024 * 1024, 'x');
  void sessions[0]?.streams[0]?.send(big).then(() => sessions[0]?.streams[0]?.endOfData());
  const parts: Buffer[] = [];
  for await (const part of stream.read()) parts.push(part);
  expect(Math.max(...parts.map((part) => part.length))).toBeLessThanOrEqual(262_120);
  expect(Buffer.concat(parts).subarray(5).equals(big)).toBe(true);
});

describe('holes', () => {
  async function opened() {
    const { client, sessions } = testServer();
    const { stream } = await client.openStream(remote.domain_open_console, { dom, dev_name: undefined, flags: 0 });
    const reading = stream.readSparse();
    await reading.next();
    const own = sessions[0]?.streams[0];
    const holes: bigint[] = [];
    const heard = { onData: () => undefined, onFinish: () => undefined, onAbort: () => undefined };
    const takeHoles = () => own?.listen({ ...heard, onHole: (length) => void holes.push(length) });
    return { stream, own, reading, holes, takeHoles };
  }

  test('go both ways', async () => {
    const { stream, own, reading, holes, takeHoles } = await opened();
    takeHoles();
    await own?.sendHole(2 ** 50);
    expect((await reading.next()).value).toEqual({ hole: 2 ** 50 });
    stream.sendHole(2n ** 62n);
    stream.finish();
    expect((await reading.next()).done).toBe(true);
    expect(holes).toEqual([2n ** 62n]);
  });

  test.each<[string, bigint, number, string]>([
    ['of no length', 0n, 0, 'invalid argument: a hole of 0 bytes'],
    ['of less', -4096n, 0, 'invalid argument: a hole of -4096 bytes'],
    ['with a flag', 1n, 1, 'invalid argument: unsupported flags (0x1) of a hole'],
  ])('%s are none', async (_, length, flags, message) => {
    const { stream, reading, holes, takeHoles } = await opened();
    takeHoles();
    stream.sendHole(length, flags);
    await expect(reading.next()).rejects.toMatchObject({ code: 8, message });
    expect(holes).toEqual([]);
  });

  test('end a stream that has none', async () => {
    const { stream, reading } = await opened();
    stream.sendHole(1n);
    await expect(reading.next()).rejects.toMatchObject({ code: 8, message: 'invalid argument: a hole in a stream that has none' });
  });

  test('that are cut short end it, too', async () => {
    const { stream, reading, takeHoles } = await opened();
    takeHoles();
    Reflect.get(stream, 'write').call(stream, status.continue, Buffer.alloc(5), messageType.streamHole);
    await expect(reading.next()).rejects.toMatchObject({ message: expect.stringContaining('Unable to decode message payload') });
  });
});

test('a client that goes away takes its streams along', async () => {
  const { client, sessions, closed } = testServer();
  await client.openStream(remote.domain_open_console, { dom, dev_name: undefined, flags: 0 });
  client.close();
  await vi.waitFor(() => expect([sessions[0]?.received, closed()]).toEqual([['abort'], true]));
});

test.each([
  ['stays while it answers pings', true, false],
  ['goes after five unanswered pings', false, true],
])('a silent client that can be pinged %s', async (_, answers, gone) => {
  const { client, sessions, connection, clock, closed, pipe } = testServer();
  await client.open();
  await client.call(remote.connect_get_hostname, {});
  sessions[0]?.client.ping();
  if (!answers) pipe.write = () => true;
  for (let second = 0; second < 60; second += 1) {
    clock.now += 1_000;
    connection.tick();
    await new Promise(setImmediate);
  }
  expect(closed()).toBe(gone);
});

test('a client that never asked for pings is left alone', async () => {
  const { client, connection, clock, closed } = testServer(asRoot);
  await client.open();
  for (let second = 0; second < 600; second += 1) {
    clock.now += 1_000;
    connection.tick();
  }
  expect(closed()).toBe(false);
});
