/**
 * Whether an interface costs the same however many a host has: plugged with its name, flags and forwarding entry, the first ones against
 * those beside 200 others. Time and netlink messages, as ratios; ends with 1 when more than 20 % above.
 *   npm run bench -- plug [interfaces, default 200]
 * Needs root.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostLinks } from '../dist/links/host-links.js';

const others = Number(process.argv[2] ?? 200);
/** Measured each time: plugged, then unplugged again, so that the number of others stays. */
const ROUNDS = 60;
const ALLOWED = 1.2;
const netns = `bench-plug-${process.pid}`;
const stateDir = mkdtempSync(join(tmpdir(), 'virtbus-plug-'));
const macOf = (n: number): string => `52:54:00:0b:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`;
const median = (values: readonly number[]): number => values.toSorted((x, y) => x - y)[Math.floor(values.length / 2)] ?? Number.NaN;

interface Cost {
  readonly ms: number;
  readonly sent: number;
  readonly received: number;
}

let sent = 0;
let received = 0;
const traffic = (direction: 'sent' | 'received', messages: number): void => {
  if (direction === 'sent') sent += messages;
  else received += messages;
};

execFileSync('ip', ['netns', 'add', netns]);
const log = (level: string, message: string): void => (level === 'warn' || level === 'error' ? console.error(message) : undefined);
const links = await HostLinks.open({ netns: `/run/netns/${netns}`, stateDir, log, traffic });

async function plug(n: number) {
  const mac = macOf(n);
  const name = await links.holdName({ prefix: 'vnet' });
  const tap = await links.plugTap({ name, mac, model: 'virtio', bridge: 'br0', macTableManager: 'libvirt' });
  links.startForwarding(name, mac);
  return { ...tap, mac };
}

async function unplug({ mac, ...tap }: Awaited<ReturnType<typeof plug>>): Promise<void> {
  await links.unplug(tap.name, mac);
  await links.closeTap(tap);
  links.giveUpName(tap.name);
}

async function oneMore(n: number): Promise<Cost> {
  [sent, received] = [0, 0];
  const start = performance.now();
  const tap = await plug(n);
  const cost = { ms: performance.now() - start, sent, received };
  await unplug(tap);
  return cost;
}

async function costNow(): Promise<Cost> {
  const costs: Cost[] = [];
  for (let n = 0; n < ROUNDS; n += 1) costs.push(await oneMore(60_000 + n));
  return {
    ms: median(costs.map(({ ms }) => ms)),
    sent: median(costs.map((each) => each.sent)),
    received: median(costs.map((each) => each.received)),
  };
}

const flat = (what: string, unit: string, first: number, last: number): boolean => {
  const ratio = last / first;
  console.log(
    `${what.padEnd(28)} ${first.toFixed(2).padStart(8)} ${unit} alone  ${last.toFixed(2).padStart(8)} ${unit} beside ${others}   ratio ${ratio.toFixed(2)}`,
  );
  return ratio <= ALLOWED;
};

try {
  await links.ensureBridge({ name: 'br0', mac: '52:54:00:00:00:01', stp: false, delaySeconds: 0, addresses: [], vlanFiltering: false });
  await costNow();
  const alone = await costNow();
  const held: Awaited<ReturnType<typeof plug>>[] = [];
  for (let n = 0; n < others; n += 1) held.push(await plug(n));
  const beside = await costNow();
  const isFlat = [
    flat('time to plug one more', 'ms', alone.ms, beside.ms),
    flat('netlink messages sent', '  ', alone.sent, beside.sent),
    flat('netlink messages received', '  ', alone.received, beside.received),
  ];
  await Promise.all(held.map(unplug));
  process.exitCode = isFlat.every(Boolean) ? 0 : 1;
} finally {
  await links.close();
  execFileSync('ip', ['netns', 'del', netns]);
  rmSync(stateDir, { recursive: true, force: true });
}
