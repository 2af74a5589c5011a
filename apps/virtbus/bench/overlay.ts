/**
 * How soon every host of a network that spans hosts knows of a guest that appears, moves, changes its MAC address and goes: from the
 * asking for its port, or the telling of its address, to the last host's forwarding tables. Three namespaces as hosts, one paused guest on each so that the host has the network.
 *   npm run bench -- overlay [rounds, default 50]
 * Needs root.
 */
import * as contracts from '@virtbus/contracts';
import { getLink, listForwarding, listTunnels, Rtnetlink } from '@virtbus/netlink';
import { Wire } from './overlay/wire.ts';

const rounds = Number(process.argv[2] ?? 50);
const networkUuid = '0a1b2c3d-0000-4000-8000-00000000beef';
const domain = '0a1b2c3d-0000-4000-8000-0000000000d0';
const hostIds = ['host-a', 'host-b', 'host-c'] as const;
const xml = `<network><name>wide</name><uuid>${networkUuid}</uuid>
  <metadata><virtbus:overlay xmlns:virtbus='https://virtbus.dev/xmlns/network/1' type='vxlan'/></metadata>
  <ip address='10.9.0.1' netmask='255.255.0.0'><dhcp><range start='10.9.1.0' end='10.9.200.0'/></dhcp></ip></network>`;

/** Without a disk, and paused: it costs nothing while it is measured. */
const guestXml = (name: string, mac: string): string => `<domain type='qemu'><name>${name}</name><memory unit='MiB'>32</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices><interface type='network'><mac address='${mac}'/><source network='wide'/><model type='virtio'/></interface></devices></domain>`;

async function startOnEach({ bus }: Wire): Promise<void> {
  await bus.run(contracts.defineNetwork, { xml });
  await bus.run(contracts.startNetwork, { network: 'wide' });
  for (const [n, hostId] of hostIds.entries()) {
    for (const each of hostIds) await bus.run(each === hostId ? contracts.uncordonHost : contracts.cordonHost, { host: each });
    await new Promise((resolve) => setTimeout(resolve, 500));
    await bus.run(contracts.defineDomain, {
      xml: guestXml(hostId, `52:54:00:09:00:0${n}`),
    });
    await bus.run(contracts.startDomain, { domain: hostId, paused: true });
  }
}

interface Side {
  readonly hostId: string;
  where(mac: string): string | undefined;
}

function sideOf(wire: Wire, hostId: string): Side {
  const socket = Rtnetlink.open(`/run/netns/${wire.host(hostId).netns}`);
  const name = wire.on(hostId, 'ip', '-br', 'link', 'show', 'type', 'vxlan').split(' ')[0] ?? '';
  const [link, bridge] = [getLink(socket, name), getLink(socket, 'virbr0')];
  if (!link || !bridge) throw new Error(`${hostId} does not have the network`);
  const where = (mac: string): string | undefined => {
    if (!listForwarding(socket, bridge).some((entry) => entry.mac === mac && entry.port === link.index)) return undefined;
    return listTunnels(socket, link).find((entry) => entry.mac === mac)?.via;
  };
  return { hostId, where };
}

async function timed(act: () => Promise<unknown>, holds: () => boolean): Promise<number> {
  const from = performance.now();
  await act();
  while (!holds()) {
    if (performance.now() - from > 30_000) throw new Error('some host has not heard of it within 30 s');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return performance.now() - from;
}

const at = (times: readonly number[], part: number): string =>
  (times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0).toFixed(1);
const say = (what: string, times: readonly number[]): void =>
  console.log(`${what.padEnd(10)} median ${at(times, 0.5)} ms, 95 % within ${at(times, 0.95)} ms, worst ${at(times, 1)} ms`);

const octet = (value: number): string => value.toString(16).padStart(2, '0');

async function measure(wire: Wire): Promise<void> {
  const [a, b, c] = hostIds.map((hostId) => sideOf(wire, hostId));
  if (!a || !b || !c) throw new Error('three hosts are needed');
  const { bus } = wire;
  const knows = (side: Side, mac: string, hostId: string | undefined): boolean => side.where(mac) === (hostId && wire.host(hostId).address);
  const times = { appears: [] as number[], moves: [] as number[], changes: [] as number[], goes: [] as number[] };
  for (let n = 0; n < rounds; n += 1) {
    const [mac, guestMac] = ['0a', '0b'].map((kind) => `52:54:00:${kind}:${octet(n >> 8)}:${octet(n & 255)}`) as [string, string];
    const ask = (hostId: string, epoch: number) =>
      bus.request(contracts.allocatePorts, {
        domain,
        domainName: 'tap',
        hostId,
        epoch,
        ports: [{ mac, network: 'wide', trustGuestRxFilters: true }],
      });
    times.appears.push(
      await timed(
        () => ask('host-b', 1),
        () => [a, c].every((side) => knows(side, mac, 'host-b')),
      ),
    );
    times.moves.push(
      await timed(
        () => ask('host-c', 2),
        () => [a, b].every((side) => knows(side, mac, 'host-c')) && knows(c, mac, undefined),
      ),
    );
    times.changes.push(
      await timed(
        () => bus.request(contracts.followGuestMac, { domain, epoch: 2, networkUuid, mac, guestMac }),
        () => [a, b].every((side) => knows(side, guestMac, 'host-c') && knows(side, mac, undefined)),
      ),
    );
    const release = () => bus.request(contracts.releasePorts, { domain, epoch: 2, ports: [{ networkUuid, mac }] });
    times.goes.push(await timed(release, () => [a, b, c].every((side) => knows(side, guestMac, undefined))));
  }
  console.log(`known on every one of three hosts, ${rounds} rounds:`);
  for (const [what, each] of Object.entries(times)) say(what, each);
}

const wire = await Wire.start();
try {
  await startOnEach(wire);
  await measure(wire);
  for (const hostId of hostIds) await wire.bus.run(contracts.destroyDomain, { domain: hostId });
} finally {
  await wire.stop();
}
process.exit(0);
