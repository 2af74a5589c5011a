/** Many domains start at once on one network of three hosts, with two schedulers and two netds that compete for every record. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as contracts from '@virtbus/contracts';
import type { BucketContract, PayloadOf } from '@virtbus/contracts';
import { startNetd } from '@virtbus/netd';
import { startScheduler } from '@virtbus/scheduler';
import { hashOf } from '../../services/netd/src/core/port-addresses.js';
import { Wire } from '../../apps/virtbus/bench/overlay/wire.ts';

const STARTS = 16;
const HOSTS = ['host-a', 'host-b', 'host-c'] as const;
const BRIDGE = 'virbr0';
/** MAC addresses for which netd looks for an address at the same place first: all want the same one. */
const rivalMacs = Array.from(
  { length: 4096 },
  (_, n) => `52:54:00:16:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`,
)
  .filter((mac) => hashOf(mac) % STARTS === 0)
  .slice(0, STARTS);
/** Twins have one MAC address: of two that start, one does. */
const macs = new Map([...rivalMacs.map((mac, n) => [`one-${n}`, mac] as const), ['twin', rivalMacs[0] ?? '']]);
const names = [...macs.keys()];

/** As many addresses as there are guests: whoever is given one twice leaves another without. */
const networkXml = `<network><name>crowd</name>
  <metadata><virtbus:overlay xmlns:virtbus='https://virtbus.dev/xmlns/network/1' type='vxlan'/></metadata>
  <bridge name='${BRIDGE}' macTableManager='libvirt'/>
  <ip address='10.16.0.1' netmask='255.255.255.0'><dhcp><range start='10.16.0.10' end='10.16.0.${10 + STARTS - 1}'/></dhcp></ip>
</network>`;
const domainXml = (name: string): string => `<domain type='qemu'><name>${name}</name><memory unit='MiB'>16</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices><interface type='network'><mac address='${macs.get(name)}'/><source network='crowd'/><model type='virtio'/></interface>
    <memballoon model='none'/></devices></domain>`;

let wire: Wire;
const rivals: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  wire = await Wire.start();
  const options = { servers: wire.url, signals: false };
  rivals.push(await startNetd(options), await startScheduler(options));
  await wire.bus.run(contracts.defineNetwork, { xml: networkXml });
  await wire.bus.run(contracts.startNetwork, { network: 'crowd' });
  await Promise.all(names.map((name) => wire.bus.run(contracts.defineDomain, { xml: domainXml(name) })));
}, 120_000);
afterAll(async () => {
  for (const rival of rivals) await rival.close();
  await wire?.stop();
});

async function all<C extends BucketContract>(bucket: C): Promise<PayloadOf<C>[]> {
  const view = await wire.bus.bucket(bucket).view();
  const values = view.entries().map(({ value }) => value);
  await view.close();
  return values;
}
const sorted = (values: readonly string[]): string[] => values.toSorted((a, b) => (a < b ? -1 : 1));
const distinct = (values: readonly unknown[]): number => new Set(values).size;
const taps = (host: string): string[] =>
  (JSON.parse(wire.on(host, 'ip', '-j', 'link', 'show', 'type', 'tun')) as { readonly ifname?: string }[]).flatMap(
    (each) => each.ifname ?? [],
  );
/** `MAC link` of what a host's bridge forwards by our word, to guests here and through the tunnel. */
const forwarded = (host: string): string[] =>
  [...wire.on(host, 'bridge', 'fdb', 'show', 'br', BRIDGE, 'state', 'static').matchAll(/^(52:54:\S+) dev (\S+) .*\bmaster\b/gm)].map(
    ([, mac, link]) => `${mac} ${link?.replace(/^vbx\d+$/, 'tunnel')}`,
  );

test(`${STARTS} guests start at once, and nothing is anybody else's`, async () => {
  const outcomes = await Promise.allSettled(
    names.map((name) => wire.bus.run(contracts.startDomain, { domain: name }, { timeoutMs: 60_000 })),
  );
  const refused = outcomes.filter((each) => each.status === 'rejected').map(({ reason }: { readonly reason: unknown }) => reason);
  expect(refused).toMatchObject([{ code: 'mac_in_use' }]);

  const { domains } = await wire.bus.request(contracts.listDomains, {});
  const running = domains.filter(({ state }) => state === 'running');
  expect(running.length).toBe(STARTS);
  // Every host has its share.
  expect(distinct(running.map(({ hostId }) => hostId))).toBe(HOSTS.length);

  const ports = await all(contracts.portRecords);
  const addresses = ports.flatMap((port) => port.addresses?.map(({ address }) => address) ?? []);
  expect([ports.length, distinct(ports.map(({ mac }) => mac)), distinct(addresses), addresses.length]).toEqual(Array(4).fill(STARTS));
  expect(distinct((await all(contracts.addressRecords)).map(({ address }) => address))).toBe(STARTS);

  const uuids = sorted(running.map(({ uuid }) => uuid));
  const claimed = (await all(contracts.hostClaims)).flatMap(({ hostId, claims }) => claims.map(({ uuid }) => ({ hostId, uuid })));
  const placed = (await all(contracts.placements)).filter(({ hostId }) => hostId !== undefined);
  const where = (of: readonly { readonly uuid: string; readonly hostId?: string }[]) =>
    sorted(of.map(({ uuid, hostId }) => `${uuid} ${hostId}`));
  expect([where(claimed), where(placed), where(ports.map(({ domain, hostId }) => ({ uuid: domain, hostId })))]).toEqual(
    Array(3).fill(where(running)),
  );

  const states = (await all(contracts.domainStatesBucket)).filter(({ uuid, state }) => state === 'running' && uuids.includes(uuid));
  for (const host of HOSTS) {
    const here = states.filter(({ hostId }) => hostId === host).flatMap(({ interfaces }) => interfaces);
    expect(sorted(taps(host))).toEqual(sorted(here.map(({ target = '' }) => target)));
    const elsewhere = ports.filter(({ hostId }) => hostId !== host).map(({ mac }) => `${mac} tunnel`);
    const expected = sorted([...here.map(({ mac, target }) => `${mac} ${target}`), ...elsewhere]);
    await vi.waitFor(() => expect(sorted(forwarded(host))).toEqual(expected), { timeout: 10_000, interval: 50 });
  }
});

test('and all end at once, and nothing is left', async () => {
  await Promise.all(
    names.map((name) => wire.bus.run(contracts.destroyDomain, { domain: name }, { timeoutMs: 60_000 }).catch(() => undefined)),
  );
  await vi.waitFor(
    async () => {
      const claims = (await all(contracts.hostClaims)).flatMap((host) => host.claims);
      const placed = (await all(contracts.placements)).filter(({ hostId }) => hostId !== undefined);
      expect([await all(contracts.portRecords), claims, placed]).toEqual([[], [], []]);
      expect(HOSTS.map((host) => [taps(host), forwarded(host)])).toEqual(HOSTS.map(() => [[], []]));
    },
    { timeout: 20_000, interval: 100 },
  );
});
