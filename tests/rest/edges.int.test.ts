import { domainRecords, type DomainRecord } from '@virtbus/contracts';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { domainXml, RestFleet } from './rest-fleet.js';

let fleet: RestFleet;
beforeAll(async () => {
  fleet = await RestFleet.start();
});
afterAll(() => fleet?.stop());

const escaped = (name: string): string => name.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

describe('at the edge of what is allowed', () => {
  test.each([
    ['blanks and signs', `a b!"#$%&'()*+,-.:;<=>?@[\\]^_\`{|}~`],
    ['letters of the world', 'ümläut 日本語 𝔘 עברית'],
    ['a number, as an id would be', '17'],
    ['what looks like a way up', '..'],
    ['as long as there may be', 'n'.repeat(247)],
    ['nothing but blanks', '  '],
    ['wildcards of the bus', 'a.*.>'],
  ])('a name of %s is found by it', async (_, name) => {
    const made = await fleet.call('POST /v1/domains', { body: domainXml(escaped(name)) });
    expect([made.status, made.json['name']]).toEqual([201, name]);
    const path = `/v1/domains/${encodeURIComponent(name).replaceAll('.', '%2E')}`;
    expect((await fleet.call(`GET ${path}`)).json).toMatchObject({ name, uuid: made.json['uuid'] });
    expect((await fleet.call(`DELETE ${path}`)).status).toBe(200);
  });

  test.each([
    ['with a line break', 'a&#10;b', String.raw`invalid char in name: \n`],
    ['longer than there may be', 'n'.repeat(248), 'a name of 248 bytes cannot be kept, only up to 247: File name too long'],
  ])('a name %s is refused, and is free for nobody', async (_, name, message) => {
    const refused = await fleet.call('POST /v1/domains', { body: domainXml(name) });
    expect([refused.status, refused.json['detail']]).toEqual([400, message]);
  });

  test('thirty-two interfaces and a definition of nearly a mebibyte come back whole', async () => {
    const mac = (number: number) => `52:54:00:00:20:${number.toString(16).padStart(2, '0')}`;
    const nic = (number: number) => `<interface type='network'><mac address='${mac(number)}'/><source network='lab'/></interface>`;
    const description = 'x'.repeat(1_000_000);
    const body = domainXml('large', Array.from({ length: 32 }, (_, number) => nic(number)).join('')).replace(
      '<memory',
      `<description>${description}</description><memory`,
    );
    expect((await fleet.call('POST /v1/domains', { body })).status).toBe(201);
    const { text } = await fleet.call('GET /v1/domains/large', { headers: { accept: 'application/xml' } });
    expect([text.match(/<interface /g)?.length, text.includes(description), text.includes(mac(31))]).toEqual([32, true, true]);
  });

  test('five thousand domains are listed, page by page', async () => {
    const bucket = fleet.api.bus.bucket(domainRecords);
    const uuidOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
    const record = (number: number): DomainRecord => ({
      uuid: uuidOf(number),
      name: `many-${number}`,
      xml: domainXml(`many-${number}`),
      persistent: true,
      autostart: false,
      demand: { type: 'qemu', arch: 'x86_64', memoryMiB: 64, vcpus: 1 },
      memoryKiB: 65_536,
      maxMemoryKiB: 65_536,
    });
    const numbers = Array.from({ length: 5_000 }, (_, index) => index + 1);
    await Promise.all(numbers.map((number) => bucket.create({ uuid: uuidOf(number) }, record(number))));
    await vi.waitFor(async () => expect(new Set(await listed('many-*')).size).toBe(5_000), { timeout: 30_000, interval: 100 });
  });
});

/** The names of all pages. */
async function listed(name: string): Promise<string[]> {
  const names: string[] = [];
  for (let after = ''; after !== 'none';) {
    const { json } = await fleet.call(`GET /v1/domains?name=${name}&fields=name&limit=500${after === '' ? '' : `&after=${after}`}`);
    names.push(...(json['domains'] as readonly { readonly name: string }[]).map((each) => each.name));
    after = typeof json['next'] === 'string' ? json['next'] : 'none';
  }
  return names;
}
