import { beforeEach, describe, expect, test, vi } from 'vitest';
import { parseNetwork } from '@virtbus/libvirt-xml';
import { AddressBook } from './address-book.js';
import { MemoryAddresses } from './testing.js';

const networkUuid = '81ff0d90-c91e-6742-64da-4a736edb9a9b';
const HOUR_MS = 3_600_000;
const lab = (dhcp: string, prefix = 29) =>
  parseNetwork(
    `<network><name>lab</name><bridge name='virbr0'/><ip address='10.7.0.1' prefix='${prefix}'>${dhcp && `<dhcp>${dhcp}</dhcp>`}</ip></network>`,
  );
/** Three addresses. */
const small = lab(`<range start='10.7.0.2' end='10.7.0.4'/>`);
const macOf = (n: number): string => `52:54:00:00:00:${n.toString(16).padStart(2, '0')}`;
const taker = (n: number, domainName = 'demo') => ({ networkUuid, mac: macOf(n), domainName });

let now: number;
let addresses: MemoryAddresses;
let books: readonly AddressBook[];
beforeEach(() => {
  now = 0;
  const clock = () => new Date(now);
  addresses = new MemoryAddresses(clock);
  books = [new AddressBook(addresses, clock), new AddressBook(addresses, clock)];
});
const [a, b] = [0, 1].map((at) => ({
  take: async (network: ReturnType<typeof lab>, n: number, domainName?: string) =>
    (await books[at]!.take(network, taker(n, domainName))).map(({ address }) => address),
})) as [Take, Take];
interface Take {
  take(network: ReturnType<typeof lab>, n: number, domainName?: string): Promise<string[]>;
}

describe('an address', () => {
  test('is given to one MAC, whichever netd is asked', async () => {
    const given = await Promise.all([a.take(small, 1), b.take(small, 2), a.take(small, 3)]);
    expect(given.flat().toSorted()).toEqual(['10.7.0.2', '10.7.0.3', '10.7.0.4']);
    expect(await b.take(small, 4)).toEqual([]);
  });

  test('is the same when it is asked for again, and after its port was gone', async () => {
    const first = await a.take(small, 1);
    expect(await b.take(small, 1)).toEqual(first);
    await books[0]!.release(networkUuid, macOf(1));
    expect(await b.take(small, 1)).toEqual(first);
    expect(addresses.known()).toMatchObject([{ value: { mac: macOf(1) } }]);
    expect(addresses.known()[0]!.value.releasedAt).toBeUndefined();
  });

  test.each([
    ['has been written since', 1, (first: string) => [first]],
    ['has gone to another MAC since', 2, () => []],
  ])('that %s is found out by the write', async (_, owner, given) => {
    const one = lab(`<range start='10.7.0.2' end='10.7.0.2'/>`);
    const [first = ''] = await a.take(one, 1);
    await books[0]!.release(networkUuid, macOf(1));
    const known = addresses.peek({ networkUuid, address: first })!;
    const { releasedAt: __, ...taken } = known.value;
    await addresses.replace(owner === 1 ? known.value : { ...taken, mac: macOf(owner) }, known.revision);
    vi.spyOn(addresses, 'peek').mockReturnValue(known);
    expect(await a.take(one, 1)).toEqual(given(first));
    expect((await addresses.read({ networkUuid, address: first }))?.value).toMatchObject({ mac: macOf(owner) });
  });

  test('goes to another MAC only when every lease of it has run out', async () => {
    await Promise.all([a.take(small, 1), a.take(small, 2), a.take(small, 3)]);
    await books[0]!.release(networkUuid, macOf(2));
    now = HOUR_MS;
    expect(await a.take(small, 4)).toEqual([]);
    now = HOUR_MS + 1;
    expect(await a.take(small, 4)).toHaveLength(1);
    expect(await a.take(small, 2)).toEqual([]);
  });

  test('is what the definition says for the MAC, or for the domain by name', async () => {
    const fixed = lab(`<range start='10.7.0.2' end='10.7.0.4'/><host mac='${macOf(9)}' ip='10.7.0.3'/><host name='web' ip='10.7.0.6'/>`);
    expect(await a.take(fixed, 9)).toEqual(['10.7.0.3']);
    expect(await a.take(fixed, 8, 'web')).toEqual(['10.7.0.6']);
    const others = await Promise.all([a.take(fixed, 1), a.take(fixed, 2), a.take(fixed, 3)]);
    expect(others.flat().toSorted()).toEqual(['10.7.0.2', '10.7.0.4']);
  });

  test('changes when the definition names another one, and stays while somebody has that', async () => {
    const before = await a.take(small, 1);
    const other = ['10.7.0.2', '10.7.0.3', '10.7.0.4'].find((each) => each !== before[0])!;
    const fixed = lab(`<range start='10.7.0.2' end='10.7.0.4'/><host mac='${macOf(1)}' ip='${other}'/>`);
    await addresses.create({ networkUuid, family: 'ipv4', address: other, mac: macOf(7) });
    expect(await a.take(fixed, 1)).not.toEqual([other]);
    await addresses.remove({ networkUuid, address: other }, (await addresses.read({ networkUuid, address: other }))!.revision);
    expect(await a.take(fixed, 1)).toEqual([other]);
    expect(addresses.heldBy(networkUuid, macOf(1)).filter((each) => each.releasedAt === undefined)).toHaveLength(1);
  });

  test("is never the network's own, its broadcast address, or a bridge's", async () => {
    expect(await Promise.all([1, 2, 3].map((n) => a.take(lab(`<range start='10.7.0.1' end='10.7.0.2'/>`, 30), n)))).toEqual(
      expect.arrayContaining([['10.7.0.2'], [], []]),
    );
  });

  test('is not given where the network lends none', async () => {
    expect(await a.take(lab(''), 1)).toEqual([]);
  });

  test('is given in both families', async () => {
    const both = parseNetwork(`<network><name>lab</name><bridge name='virbr0'/>
      <ip address='10.7.0.1' prefix='24'><dhcp><range start='10.7.0.2' end='10.7.0.9'/></dhcp></ip>
      <ip family='ipv6' address='fd00:7::1' prefix='64'><dhcp><range start='fd00:7::10' end='fd00:7::1f'/></dhcp></ip></network>`);
    expect(await books[0]!.take(both, taker(1))).toMatchObject([
      { family: 'ipv4', address: expect.stringMatching(/^10\.7\.0\.[2-9]$/) },
      { family: 'ipv6', address: expect.stringMatching(/^fd00:7::1[0-9a-f]$/) },
    ]);
  });

  test('that a crash has left is given back, that of a port is not', async () => {
    await a.take(small, 1);
    await a.take(small, 2);
    now = 10 * 60_000;
    await books[0]!.sweep(async (_, mac) => mac === macOf(2));
    const left = addresses.known().map(({ value }) => [value.mac, value.releasedAt !== undefined]);
    expect(new Map(left as [string, boolean][])).toEqual(
      new Map([
        [macOf(1), true],
        [macOf(2), false],
      ]),
    );
    now = 8 * 24 * HOUR_MS;
    await books[0]!.sweep(async (_, mac) => mac === macOf(2));
    expect(addresses.known().map(({ value }) => value.mac)).toEqual([macOf(2)]);
  });
});

test('200 MACs that ask two netds at once get 200 addresses', async () => {
  const wide = lab(`<range start='10.7.0.2' end='10.7.0.201'/>`, 24);
  const given = await Promise.all(Array.from({ length: 200 }, (_, n) => (n % 2 === 0 ? a : b).take(wide, n)));
  expect(new Set(given.flat()).size).toBe(200);
});
