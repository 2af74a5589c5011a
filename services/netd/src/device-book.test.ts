import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { Refusal, type HostDevices } from '@virtbus/contracts';
import { DeviceBook, type Borrower, type DeviceWish } from './device-book.js';
import { MemoryDevices } from './memory-devices.js';

const host: HostDevices = {
  links: ['eth0', 'eth1', 'vf0'],
  physicalFunctions: [
    {
      dev: 'pf0',
      address: '0000:03:00.0',
      functions: [
        { address: '0000:03:10.0', number: 0, dev: 'vf0' },
        { address: '0000:03:10.1', number: 1 },
      ],
    },
  ],
};
const macvtaps: DeviceWish = { network: 'mv', pool: { mode: 'vepa', links: ['eth1', 'eth0', 'gone'] }, exclusive: false };
const passthrough: DeviceWish = { network: 'pt', pool: { mode: 'passthrough', links: ['eth1', 'eth0'] }, exclusive: true };
const functions: DeviceWish = { network: 'vfs', pool: { mode: 'hostdev', pf: 'pf0' }, exclusive: true };

const guest = (n: number, more: Partial<Borrower> = {}): Borrower => ({
  networkUuid: '81ff0d90-c91e-6742-64da-4a736edb9a9b',
  mac: `52:54:00:00:00:0${n}`,
  domain: `c7a5fdbd-edaf-9455-926a-d65c16db180${n}`,
  domainName: `guest${n}`,
  epoch: 1,
  hostId: 'host-a',
  ...more,
});

let now: number;
let devices: MemoryDevices;
let book: DeviceBook;
beforeEach(() => {
  now = 0;
  devices = new MemoryDevices({ 'host-a': host });
  book = new DeviceBook(devices, devices, () => new Date(now));
});

async function refusal(asked: Promise<unknown>): Promise<string> {
  const thrown: unknown = await asked.then(
    () => undefined,
    (error: unknown) => error,
  );
  return thrown instanceof Refusal ? `${thrown.code} ${thrown.libvirt}: ${thrown.message}` : 'granted';
}
const taken = async (wish: DeviceWish, ...borrowers: Borrower[]) => {
  const keys: string[] = [];
  for (const borrower of borrowers) keys.push((await book.take(wish, borrower)).key);
  return keys;
};

describe('refuses', () => {
  test.each<[string, DeviceWish, string]>([
    ['a network that names no device', { ...macvtaps, pool: { mode: 'bridge' } }, 'no forward dev and no interface pool'],
    ['devices that the host does not have', { ...macvtaps, pool: { mode: 'vepa', links: ['gone'] } }, "is on host 'host-a'"],
    ['a physical function that the host does not have', { ...functions, pool: { mode: 'hostdev', pf: 'pf9' } }, "is on host 'host-a'"],
    ['addresses of no virtual function', { ...functions, pool: { mode: 'hostdev', addresses: ['0000:03:00.0'] } }, "is on host 'host-a'"],
  ])('%s', async (_, wish, words) => {
    const said = await refusal(book.take(wish, guest(1)));
    expect(said).toContain('pool_exhausted 1: internal error: ');
    expect(said).toContain(words);
    expect(devices.known()).toEqual([]);
  });

  test('the one interface too many', async () => {
    expect(await taken(functions, guest(1), guest(2))).toEqual(['0000:03:10.0', '0000:03:10.1']);
    expect(await refusal(book.take(functions, guest(3)))).toContain(
      'requires exclusive access to interfaces, but none are available: all 2',
    );
  });

  test('what is lent exclusively elsewhere, and to be alone on what others share', async () => {
    await taken(passthrough, guest(1), guest(2));
    expect(await refusal(book.take(macvtaps, guest(3)))).toContain('lent exclusively elsewhere');
    await book.release('eth0', guest(2));
    await taken(macvtaps, guest(3));
    expect(await refusal(book.take(passthrough, guest(2)))).toContain('requires exclusive access');
  });

  test('a host that nobody knows', async () =>
    expect(await refusal(book.take(functions, guest(1, { hostId: 'host-b' })))).toContain('host-b'));
});

test('the fewest connections win, the earliest in the list among equals', async () => {
  expect(await taken(macvtaps, guest(1), guest(2), guest(3))).toEqual(['eth1', 'eth0', 'eth1']);
  await book.release('eth1', guest(1));
  await book.release('eth1', guest(3));
  expect(await taken(macvtaps, guest(4))).toEqual(['eth1']);
});

test("a link that is a virtual function's is the same device as the function", async () => {
  expect(await taken({ network: 'pt', pool: { mode: 'passthrough', links: ['vf0'] }, exclusive: true }, guest(1))).toEqual([
    '0000:03:10.0',
  ]);
  expect(await taken(functions, guest(2))).toEqual(['0000:03:10.1']);
  expect(await book.take({ ...macvtaps, pool: { mode: 'vepa', pf: 'pf0' } }, guest(3)).catch((error: Refusal) => error.code)).toBe(
    'pool_exhausted',
  );
});

test('asked again gives the same; given back twice is given back once', async () => {
  await taken(functions, guest(1), guest(2));
  expect(await taken(functions, guest(2), guest(1))).toEqual(['0000:03:10.1', '0000:03:10.0']);
  await book.release('0000:03:10.0', guest(1));
  await book.release('0000:03:10.0', guest(1));
  expect(devices.known().map(({ device }) => device)).toEqual(['0000:03:10.1']);
});

test('a newer placement has it; an older one cannot give it back', async () => {
  await taken(functions, guest(1), guest(1, { epoch: 2 }));
  await book.release('0000:03:10.0', guest(1));
  expect(devices.known()[0]?.connections.map(({ epoch }) => epoch)).toEqual([2]);
});

test('a view that lags behind does not lend one device twice', async () => {
  await taken(functions, guest(1));
  devices.seen = [];
  expect(await taken(functions, guest(2))).toEqual(['0000:03:10.1']);
  devices.seen = devices.known().length === 0 ? [{ hostId: 'host-a', device: '0000:03:10.0', connections: [] }] : undefined;
  await book.release('0000:03:10.0', guest(1));
  expect(await taken(functions, guest(3))).toEqual(['0000:03:10.0']);
});

test('of many who ask at once each device goes to one, and the others are refused', () =>
  fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), async (numbers) => {
      const records = new MemoryDevices({ 'host-a': host });
      const books = [1, 2].map(() => new DeviceBook(records, records, () => new Date(0)));
      const answers = await Promise.allSettled(numbers.map((n, index) => books[index % 2]!.take(functions, guest(n))));
      const lent = answers.flatMap((each) => (each.status === 'fulfilled' ? [each.value.key] : []));
      expect(lent).toHaveLength(Math.min(numbers.length, 2));
      expect(new Set(lent).size).toBe(lent.length);
      expect([...records.entries.values()].every(({ value }) => value.connections.length === 1)).toBe(true);
    }),
  ));

test('what a crash has left is given back once it is old, and only without a port', async () => {
  await taken(functions, guest(1), guest(2));
  const withPort = (mac: string) => async (connection: { readonly mac: string }) => connection.mac === mac;
  now = 2 * 60_000;
  await book.sweep(withPort(guest(2).mac));
  expect(devices.known()).toHaveLength(2);
  now += 1;
  await book.sweep(withPort(guest(2).mac));
  expect(devices.known().map(({ device }) => device)).toEqual(['0000:03:10.1']);
});
