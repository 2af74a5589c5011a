/** Names of every character, and lists of thousands. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { domainNames, domainRecords, tokenFromName } from '@virtbus/contracts';
import { eventProcedures, remoteProcedures as remote, RpcClient } from '@virtbus/libvirt-rpc';
import { eventually } from '@virtbus/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectBus } from '../../apps/virtbus/src/cli/bus-fleet.js';
import { FakeSurroundings } from '../../apps/virtbus/src/cli/fake/fake-surroundings.js';
import { runCommandLine } from '../../apps/virtbus/src/cli/run.js';
import { domainXml, networkXml, RestFleet } from './rest-fleet.js';

async function openAt(path: string, clients: RpcClient[]): Promise<RpcClient> {
  const client = await RpcClient.connect({ path });
  clients.push(client);
  await client.open('qemu:///system');
  return client;
}

/** The lines that a command prints. */
async function overTheBus(line: readonly string[]): Promise<string[]> {
  const surroundings = new FakeSurroundings();
  await runCommandLine(line, surroundings, () => connectBus(fleet.nats.url, surroundings));
  expect(surroundings.complained).toBe('');
  return surroundings.written.split('\n').filter(Boolean);
}

let fleet: RestFleet;
beforeAll(async () => {
  fleet = await RestFleet.start();
});
afterAll(() => fleet.stop());

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const printable = Array.from({ length: 0x7f - 0x20 }, (_, at) => String.fromCharCode(0x20 + at)).filter((character) => character !== '/');

describe('names', () => {
  test.each<[string, string]>([
    ['every printable character of ASCII but the slash', `a${printable.join('')}z`],
    ['letters of many alphabets', 'größe-имя-名前-اسم-שם'],
    ['what is two UTF-16 units', 'guest-🐧'],
    ['combining marks, which are not folded', 'e\u0301'],
    ['the percent codes of other names', '%2F%00%0A'],
    ['a path upwards', '..'],
    ['a UUID that is no domain’s', 'c7a5fdbd-edaf-9455-926a-d65c16db1809'],
    ['the words of routes', 'stats'],
  ])('may have %s', async (_, name) => {
    const made = await fleet.call('POST /v1/domains', { body: domainXml(escaped(name)) });
    expect([made.status, made.json['name'] ?? made.json['detail']]).toEqual([201, name]);
    const at = `/v1/domains/${encodeURIComponent(name)}`;
    expect((await fleet.call(`GET ${at}`)).json).toMatchObject({ name, uuid: made.json['uuid'] });
    expect((await fleet.call(`PUT ${at}/autostart`, { body: { autostart: true } })).status).toBe(200);
    expect((await fleet.call(`GET /v1/domains?name=${encodeURIComponent(name.replaceAll('*', '?'))}`)).status).toBe(200);
    expect((await fleet.call(`DELETE ${at}`)).status).toBe(200);
  });

  test.each<[string, string]>([
    ['a slash', 'a/b'],
    ['a line feed', 'a&#10;b'],
    ['nothing', ''],
  ])('with %s are refused, of domains and of networks', async (_, name) => {
    for (const [place, body] of [
      ['domains', domainXml(name)],
      ['networks', networkXml(name)],
    ]) {
      const { status, json } = await fleet.call(`POST /v1/${place}`, { body: body! });
      expect([status >= 400 && status < 500, json['code']], `${place}: ${JSON.stringify(json)}`).toEqual([true, expect.any(String)]);
    }
    expect((await fleet.call('GET /v1/domains')).json['domains']).toEqual([]);
  });

  test('a slash in the path is another resource, coded or not', async () => {
    expect((await fleet.call('GET /v1/domains/a/b')).status).toBe(404);
    expect((await fleet.call('GET /v1/domains/a%2Fb')).json).toMatchObject({ status: 404, code: 'no_domain' });
  });
});

describe('five thousand domains', () => {
  const COUNT = 5_000;
  /** More than a page of counters holds. */
  const RUNNING = 1_250;
  const nameOf = (at: number): string => `many-${String(at).padStart(5, '0')}`;

  beforeAll(async () => {
    const { json } = await fleet.call('POST /v1/domains', { body: domainXml('model') });
    const uuid = String(json['uuid']);
    const records = fleet.api.bus.bucket(domainRecords);
    const names = fleet.api.bus.bucket(domainNames);
    const model = (await records.get({ uuid }))!.value;
    await fleet.call('DELETE /v1/domains/model');
    for (let at = 0; at < COUNT; at += 250) {
      const some = Array.from({ length: 250 }, (_, more) => ({ uuid: randomUUID(), name: nameOf(at + more) }));
      await Promise.all(
        some.flatMap((one) => [
          records.put({ uuid: one.uuid }, { ...model, ...one, xml: model.xml.replaceAll(uuid, one.uuid).replaceAll('model', one.name) }),
          names.put({ name: tokenFromName(one.name) }, { uuid: one.uuid }),
          ...(at + 250 <= RUNNING ? [fleet.run(one.uuid, one.name)] : []),
        ]),
      );
    }
    await eventually(async () => (await fleet.call(`GET /v1/domains/${nameOf(COUNT - 1)}`)).status === 200);
  }, 120_000);

  const page = async (query: string, etag?: string) =>
    fleet.call(`GET /v1/domains?${query}`, { headers: etag === undefined ? {} : { 'if-none-match': etag } });

  test('are listed page by page, each once and in order, with the wanted fields alone', async () => {
    const seen: string[] = [];
    let after: unknown = '';
    let pages = 0;
    do {
      const { json, text } = await page(`limit=700&fields=name${after === '' ? '' : `&after=${String(after)}`}`);
      expect(text.length).toBeLessThan(64 * 1024);
      seen.push(...(json['domains'] as { name: string }[]).map(({ name, ...rest }) => (Object.keys(rest).length === 0 ? name : '')));
      after = json['next'];
      pages += 1;
    } while (after !== undefined);
    expect([seen, pages]).toEqual([Array.from({ length: COUNT }, (_, at) => nameOf(at)), 8]);
  });

  test('each page has a tag of its own, which stays as long as nothing on it changes', async () => {
    const first = await page('limit=100&fields=name,autostart');
    const second = await page(`limit=100&fields=name,autostart&after=${String(first.json['next'])}`);
    const tags = [first, second].map(({ headers }) => String(headers['etag']));
    expect(tags[0]).not.toBe(tags[1]);
    expect((await page('limit=100&fields=name,autostart', tags[0])).status).toBe(304);
    expect((await page('limit=100&fields=name', tags[0])).status).toBe(200);
    await fleet.call(`PUT /v1/domains/${nameOf(150)}/autostart`, { body: { autostart: true } });
    expect((await page('limit=100&fields=name,autostart', tags[0])).status).toBe(304);
    const after = `limit=100&fields=name,autostart&after=${String(first.json['next'])}`;
    expect((await page(after, tags[1])).status).toBe(200);
  });

  test('are known to a gateway that comes now, listed and counted by libvirt’s clients, and told to 200 that watch', async () => {
    const path = join(fleet.directory, 'libvirt-sock');
    const began = performance.now();
    const gateway = await fleet.another(path);
    const clients: RpcClient[] = [];
    try {
      expect(performance.now() - began).toBeLessThan(20_000);
      const client = await openAt(path, clients);
      const { domains } = await client.call(remote.connect_list_all_domains, { need_results: 1, flags: 0 });
      expect(domains.length).toBe(COUNT);
      const { retStats } = await client.call(remote.connect_get_all_domain_stats, { doms: [], stats: 0, flags: 0 });
      expect(new Set(retStats.map(({ params }) => params.length > 0))).toEqual(new Set([true]));
      expect(retStats.length).toBe(COUNT);
      let heard = 0;
      await Promise.all(
        Array.from({ length: 200 }, async () => {
          const watcher = await openAt(path, clients);
          watcher.on(eventProcedures.domain_event_callback_lifecycle, () => void (heard += 1));
          await watcher.call(remote.connect_domain_event_callback_register_any, { eventID: 0, dom: undefined });
        }),
      );
      await client.call(remote.domain_define_xml, { xml: domainXml('watched') });
      await eventually(() => heard === 200);
      await fleet.call('DELETE /v1/domains/watched');
    } finally {
      for (const client of clients) client.close();
      await gateway.close();
    }
  }, 60_000);

  test('are listed by the command line over the bus, each once', async () => {
    const names = await overTheBus(['list', '--all', '--name']);
    expect(names).toEqual(Array.from({ length: COUNT }, (_, at) => nameOf(at)));
    const counted = await overTheBus(['domstats', '--cpu-total']);
    expect(counted.filter((text) => text.startsWith('Domain')).length).toBe(RUNNING);
  });

  test('are filtered, and one of them is found at once by its name', async () => {
    expect(((await page('name=many-0123*&fields=name')).json['domains'] as object[]).length).toBe(10);
    expect((await fleet.call(`GET /v1/domains/${nameOf(4_321)}`)).json).toMatchObject({ name: nameOf(4_321) });
  });
});
