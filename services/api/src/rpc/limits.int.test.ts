import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { domainRecords } from '@virtbus/contracts';
import { eventProcedures, RpcClient, remoteProcedures as remote } from '@virtbus/libvirt-rpc';
import { noLog, type RunningService } from '@virtbus/messaging';
import { startChild } from '@virtbus/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startApi } from '../start.js';
import { uuidOfName } from './named-uuid.js';
import { MAX_REGISTRATIONS } from './registrations.js';
import { domainRecord, uuidOf } from './testing.js';

let directory: string;
let nats: Awaited<ReturnType<typeof startChild>>;
let api: RunningService;
let client: RpcClient;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vb-rpc-'));
  nats = await startChild();
  const path = join(directory, 'sock');
  api = await startApi({ servers: nats.url, signals: false, log: noLog, rpc: { socket: { path, mode: 0o600 } } });
  client = await RpcClient.connect({ path });
  await client.open('qemu:///system');
});
afterAll(async () => {
  client?.close();
  await api?.close();
  await nats?.stop();
  await rm(directory, { recursive: true, force: true });
});

const xmlOf = (name: string, more = '', devices = ''): string =>
  `<domain type='qemu'><name>${name}</name>${more}<memory unit='MiB'>64</memory><os><type arch='x86_64' machine='pc'>hvm</type></os><devices>${devices}</devices></domain>`;

test('two gateways of a fleet are one host to their clients, whatever machines they are on', async () => {
  const path = join(directory, 'other');
  const other = await startApi({ servers: nats.url, signals: false, log: noLog, rpc: { socket: { path, mode: 0o600 } } });
  const second = await RpcClient.connect({ path });
  await second.open('qemu:///system');
  const uuidAt = async (of: RpcClient) => /<uuid>(.*)<\/uuid>/.exec((await of.call(remote.connect_get_capabilities, {})).capabilities)?.[1];
  expect(await uuidAt(second)).toBe(await uuidAt(client));
  expect(await uuidAt(client)).toMatch(/^[\da-f]{8}-[\da-f]{4}-5/);
  expect(await uuidAt(client)).not.toBe(uuidOfName(hostname()));
  second.close();
  await other.close();
});

test.each([
  ['blanks and signs', `a b!"#$%&'()*+,-.:;<=>?@[\\]^_\`{|}~`],
  ['letters of the world', 'ümläut 日本語 𝔘 עברית'],
  ['a number, as an id would be', '17'],
  ['what looks like an option', '--all'],
  ['as long as there may be', 'n'.repeat(247)],
  ['nothing but blanks', '  '],
  ['wildcards of the bus', 'a.*.>'],
])('a name of %s is found by it', async (_, name) => {
  const escaped = name.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const { dom } = await client.call(remote.domain_define_xml, { xml: xmlOf(escaped) });
  expect(dom.name).toBe(name);
  expect(await client.call(remote.domain_lookup_by_name, { name })).toEqual({ dom });
  const { domains } = await client.call(remote.connect_list_all_domains, { need_results: 1, flags: 0 });
  expect(domains).toContainEqual(dom);
});

test.each([
  ['with a line break', 'a&#10;b', [35, 5, String.raw`invalid char in name: \n`]],
  ['with a slash', 'a/b', [27, 20, "XML error: name a/b cannot contain '/'"]],
  ['longer than there may be', 'n'.repeat(248), [38, 0, 'a name of 248 bytes cannot be kept, only up to 247: File name too long']],
  ['much longer', 'n'.repeat(4096), [38, 0, 'a name of 4096 bytes cannot be kept, only up to 247: File name too long']],
])('a name %s is refused, and is nobody’s', async (_, name, expected) => {
  const refusal = await client.call(remote.domain_define_xml, { xml: xmlOf(name) }).then(
    () => [],
    ({ code, domain, message }: { code: number; domain: number; message: string }) => [code, domain, message],
  );
  expect(refusal).toEqual(expected);
  await expect(client.call(remote.domain_lookup_by_name, { name })).rejects.toMatchObject({ code: 42 });
});

test('a network filter is there for who made it, however far behind the list is', async () => {
  for (let number = 0; number < 20; number += 1) {
    const xml = `<filter name='own${number}'><rule action='drop' direction='in'/></filter>`;
    const { nwfilter } = await client.call(remote.nwfilter_define_xml, { xml });
    expect(await client.call(remote.nwfilter_lookup_by_name, { name: nwfilter.name })).toEqual({ nwfilter });
    await client.call(remote.nwfilter_undefine, { nwfilter });
  }
});

test('thirty-two interfaces and a definition of nearly a mebibyte come back whole', async () => {
  const mac = (number: number) => `52:54:00:00:20:${number.toString(16).padStart(2, '0')}`;
  const interfaces = Array.from(
    { length: 32 },
    (_, number) => `<interface type='network'><mac address='${mac(number)}'/><source network='lab'/></interface>`,
  );
  const description = 'x'.repeat(1_000_000);
  const { dom } = await client.call(remote.domain_define_xml, {
    xml: xmlOf('large', `<description>${description}</description>`, interfaces.join('')),
  });
  const { xml } = await client.call(remote.domain_get_xml_desc, { dom, flags: 2 });
  expect([xml.match(/<interface /g)?.length, xml.includes(description), xml.includes(mac(31))]).toEqual([32, true, true]);
});

test('a definition over the limit is refused, and the connection stays', async () => {
  const xml = xmlOf('huge', `<description>${'x'.repeat(3_000_000)}</description>`);
  await expect(client.call(remote.domain_define_xml, { xml })).rejects.toMatchObject({ code: 8 });
  expect(await client.call(remote.connect_get_type, {})).toEqual({ type: 'QEMU' });
});

test('a client that registers for events without end is refused, and served and told all the same', async () => {
  const path = join(directory, 'sock');
  const greedy = await RpcClient.connect({ path });
  await greedy.open('qemu:///system');
  const heard = new Set<number>();
  greedy.on(eventProcedures.domain_event_callback_lifecycle, ({ callbackID }) => void heard.add(callbackID));
  const register = (of: number) =>
    greedy.call(remote.connect_domain_event_callback_register_any, { eventID: 0, dom: { name: 'd', uuid: uuidOf(of), id: -1 } });
  const { callbackID: first } = await greedy.call(remote.connect_domain_event_callback_register_any, { eventID: 0, dom: undefined });
  const refusals: unknown[] = [];
  for (let at = 0; refusals.length === 0 && at < 2 * MAX_REGISTRATIONS; at += 512)
    await Promise.all(Array.from({ length: 512 }, (_, more) => register(at + more))).catch((thrown: unknown) => refusals.push(thrown));
  expect(refusals[0]).toMatchObject({ code: 39, message: expect.stringContaining(`for limit '${MAX_REGISTRATIONS}'`) });
  const { dom } = await greedy.call(remote.domain_define_xml, { xml: xmlOf('told') });
  await vi.waitFor(() => expect([...heard]).toEqual([first]));
  await greedy.call(remote.connect_domain_event_callback_deregister_any, { callbackID: first });
  expect(await register(1)).toEqual({ callbackID: expect.any(Number) });
  await client.call(remote.domain_undefine, { dom });
  greedy.close();
}, 60_000);

test('five thousand domains are listed', async () => {
  const bucket = api.bus.bucket(domainRecords);
  const numbers = Array.from({ length: 5_000 }, (_, index) => index + 1);
  await Promise.all(numbers.map((number) => bucket.create({ uuid: uuidOf(number) }, domainRecord(number))));
  await vi.waitFor(
    async () => {
      const { domains } = await client.call(remote.connect_list_all_domains, { need_results: 1, flags: 0 });
      expect(domains.filter((dom) => /^d\d+$/.test(dom.name))).toHaveLength(5_000);
    },
    { timeout: 30_000, interval: 100 },
  );
});
