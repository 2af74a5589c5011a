/** Definitions of nearly as much XML as there may be, and of a little more, whichever way they come in. */
import { join } from 'node:path';
import type { RunningApi } from '@virtbus/api';
import { defineDomain, MAX_XML_BYTES, Refusal } from '@virtbus/contracts';
import { RemoteError, remoteProcedures as remote, RpcClient } from '@virtbus/libvirt-rpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectBus } from '../../apps/virtbus/src/cli/bus-fleet.js';
import { FakeSurroundings } from '../../apps/virtbus/src/cli/fake/fake-surroundings.js';
import { connectRest } from '../../apps/virtbus/src/cli/rest-fleet.js';
import { runCommandLine } from '../../apps/virtbus/src/cli/run.js';
import { domainXml, RestFleet } from './rest-fleet.js';

/** What is filled in of a definition as small as these, and not more by far. Bytes. */
const FILLED_IN = 2_048;

let fleet: RestFleet;
let gateway: RunningApi;
let client: RpcClient;
let token = '';
beforeAll(async () => {
  fleet = await RestFleet.start();
  token = await fleet.token({ role: 'operator' });
  const path = join(fleet.directory, 'libvirt-sock');
  gateway = await fleet.another(path);
  client = await RpcClient.connect({ path });
  await client.open('qemu:///system');
});
afterAll(async () => {
  client?.close();
  await gateway?.close();
  await fleet?.stop();
});

/** So many bytes of XML that are mostly one text. */
function sized(name: string, bytes: number, letter = 'x'): string {
  const empty = domainXml(name).replace('<os>', '<description></description><os>');
  const count = Math.floor((bytes - Buffer.byteLength(empty)) / Buffer.byteLength(letter));
  return empty.replace('<description>', `<description>${letter.repeat(count)}`);
}

const DONE = 'done';
const rest = async (body: string | object): Promise<string> => {
  const { status, json } = await fleet.call('POST /v1/domains', { body });
  return status === 201 ? DONE : `${status} ${String(json['code'])}: ${String(json['detail'])}`;
};
type Connect = Parameters<typeof runCommandLine>[2];
async function typed(xml: string, connect: (surroundings: FakeSurroundings) => Connect): Promise<string> {
  const surroundings = new FakeSurroundings();
  surroundings.files.set('/domain.xml', xml);
  await runCommandLine(['define', '/domain.xml'], surroundings, connect(surroundings));
  return surroundings.complained === '' ? DONE : surroundings.complained;
}

/** Every way in, and what it says to a definition that is too large as it is sent. */
const ways: readonly (readonly [way: string, define: (xml: string) => Promise<string>, tooLarge: RegExp])[] = [
  ['REST', rest, /^413 payload_too_large: /],
  ['REST, in JSON', (xml) => rest({ xml }), /^413 payload_too_large: /],
  [
    'libvirt’s RPC',
    (xml) =>
      client.call(remote.domain_define_xml, { xml }).then(
        () => DONE,
        (thrown: unknown) => (thrown instanceof RemoteError ? `${thrown.code}: ${thrown.message}` : Promise.reject(thrown as Error)),
      ),
    /^8: /,
  ],
  [
    'a message',
    (xml) =>
      fleet.bus.run(defineDomain, { xml }).then(
        () => DONE,
        (thrown: unknown) => (thrown instanceof Refusal ? `${thrown.code}: ${thrown.message}` : Promise.reject(thrown as Error)),
      ),
    /^payload_too_large: /,
  ],
  [
    'the command line, over the bus',
    (xml) => typed(xml, (surroundings) => () => connectBus(fleet.nats.url, surroundings)),
    /it holds more than 1048576 bytes/,
  ],
  [
    'the command line, over REST',
    (xml) => typed(xml, () => () => connectRest({ urls: [fleet.url], token, origin: 'given' })),
    /it holds more than 1048576 bytes/,
  ],
];

describe.each(ways)('by %s', (_, define, tooLarge) => {
  const there = async () => (await fleet.call('GET /v1/domains/large')).status;

  test.each([
    ['bytes that are themselves', 'x'],
    ['tabs, each of which is two bytes in JSON', '\t'],
    ['characters of two bytes', 'ü'],
  ])('a definition of nearly a mebibyte is kept: %s', async (__, letter) => {
    const xml = sized('large', MAX_XML_BYTES - FILLED_IN, letter);
    expect(Buffer.byteLength(xml)).toBeGreaterThan(MAX_XML_BYTES - FILLED_IN - 4);
    expect(await define(xml)).toBe(DONE);
    const { text } = await fleet.call('GET /v1/domains/large', { headers: { accept: 'application/xml' } });
    expect([text.split(letter.repeat(500_000)).length > 1, (await fleet.call('DELETE /v1/domains/large')).status]).toEqual([true, 200]);
  });

  test('one that is larger is refused, unread', async () => {
    // What is no XML would be refused for that.
    expect(await define(`<${'x'.repeat(MAX_XML_BYTES)}`)).toMatch(tooLarge);
    expect(await define(sized('large', MAX_XML_BYTES + 1))).toMatch(tooLarge);
    expect(await there()).toBe(404);
  });

  test('one that is too large with what is filled in is refused, and takes no name', async () => {
    expect(await define(sized('large', MAX_XML_BYTES))).toMatch(
      /XML of 10\d{5} bytes, with what is filled in, is over the limit of 1048576/,
    );
    expect(await there()).toBe(404);
    expect(await define(domainXml('large'))).toBe(DONE);
    await fleet.call('DELETE /v1/domains/large');
  });
});

test('a network that is too large together with the one that is active is refused, and everybody still sees it', async () => {
  const network = (letter: string) =>
    `<network><name>wide</name><metadata><a:x xmlns:a='urn:a'>a${letter.repeat(MAX_XML_BYTES - FILLED_IN)}z</a:x></metadata></network>`;
  const made = await fleet.call('POST /v1/networks', { body: network('\t') });
  expect(made.status).toBe(201);
  await fleet.call('POST /v1/networks/wide/start');
  const again = network('\n').replace('<name>', `<uuid>${String(made.json['uuid'])}</uuid><name>`);
  expect((await fleet.call('PUT /v1/networks/wide', { body: again })).json).toMatchObject({ status: 413, code: 'payload_too_large' });
  expect((await fleet.call('GET /v1/networks/wide')).json).toMatchObject({ active: true });
  const { nets } = await client.call(remote.connect_list_all_networks, { need_results: 1, flags: 0 });
  expect(nets.map(({ name }) => name)).toEqual(['wide']);
});
