import { expect, test, vi } from 'vitest';
import { eventProcedures, remoteProcedures as remote } from '../tables/index.js';
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
