import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Port } from '@virtbus/contracts';
import { eventually } from '@virtbus/testing';
import type { DomainEntry } from '../core/domain-entry.js';
import { bridgePlan, guestMac, tapPlan } from '../links/conformance/case.js';
import type { HostLinks } from '../links/host-links.js';
import { testHost, type TestHost } from '../links/test-host.js';
import type { LiveGuest } from '../live-guest.js';
import { SerialQueues } from '../serial.js';
import { Interfaces } from './interfaces.js';
import { TapGuard } from './tap-guard.js';

const port: Port = {
  id: '4dd41997-8b1a-4f0e-9f0a-3c1f9c8f2a11',
  network: 'lab',
  networkUuid: '81ff0d90-c91e-6742-64da-4a736edb9a9b',
  mac: guestMac,
  actual: { type: 'network', bridge: 'br-a', macTableManager: 'libvirt', isolated: true, trustGuestRxFilters: false },
};
const entryOf = (tap: string): Pick<DomainEntry, 'uuid' | 'name' | 'state' | 'xml' | 'interfaces'> => ({
  uuid: 'c7a5fdbd-edaf-9455-926a-d65c16db1809',
  name: 'demo',
  state: 'running',
  xml: `<domain type='qemu'><name>demo</name><memory>1</memory><os><type>hvm</type></os><devices>
    <interface type='network'><mac address='${guestMac}'/><source network='lab'/><target dev='${tap}'/><alias name='net0'/></interface>
  </devices></domain>`,
  interfaces: [{ alias: 'net0', mac: guestMac, connector: 'bridge', type: 'network', target: tap, port }],
});

let host: TestHost;
let links: HostLinks;
let guard: TapGuard;
let tap: string;
let entry: ReturnType<typeof entryOf>;
let said: string[];
let looks: number;
const queues = new SerialQueues();

function guardEvery(everyMs: number): TapGuard {
  const complain = (...words: unknown[]): void => void said.push(words.map(String).join(' '));
  const interfaces = new Interfaces({ links, log: { log: complain, warn: complain, error: complain } });
  const guests = () => [{ entry } as LiveGuest];
  return new TapGuard({
    links,
    runner: { guests, whileLive: (uuid, act) => queues.run(uuid, () => act(guests()[0]!)) },
    interfaces: {
      mendLink: (...args) => {
        looks += 1;
        return interfaces.mendLink(...args);
      },
    },
    directoryOf: (uuid) => `/run/${uuid}`,
    log: { warn: complain, error: complain },
    everyMs,
  });
}

beforeEach(async () => {
  [host, said, looks] = [testHost(), [], 0];
  links = await host.open();
  await links.ensureBridge(bridgePlan());
  tap = (await links.plugTap(tapPlan({ macTableManager: 'libvirt', isolated: true }))).name;
  links.startForwarding(tap, guestMac);
  entry = entryOf(tap);
  guard = guardEvery(3_600_000);
});
afterEach(async () => {
  guard.close();
  await host.remove();
});

/** What is the bridge's of it; the kernel's own multicast entries come and go with the link's state. */
const state = (): string => {
  const shown = (...command: [string, ...string[]]): string => host.run(...command, tap).replaceAll(/,LOWER_UP|NO-CARRIER,|state \w+/g, '');
  const entries = shown('bridge', 'fdb', 'show', 'dev')
    .split('\n')
    .filter((line) => line.startsWith(guestMac));
  return [shown('bridge', '-details', 'link', 'show', 'dev'), shown('ip', '-o', 'link', 'show', 'dev'), ...entries].join('');
};

const changes: [string, string[], RegExp][] = [
  [
    'learns again',
    ['bridge', 'link', 'set', 'dev', 'TAP', 'learning', 'on'],
    /^domain 'demo': vnet0: learning was true, and is false again$/,
  ],
  ['is flooded again', ['bridge', 'link', 'set', 'dev', 'TAP', 'flood', 'on'], /unicastFlood was true, and is false again/],
  ['is isolated no more', ['bridge', 'link', 'set', 'dev', 'TAP', 'isolated', 'off'], /isolated was false, and is true again/],
  ['has lost its forwarding entry', ['bridge', 'fdb', 'del', guestMac, 'dev', 'TAP', 'master'], /forwarding entry for .* was gone/],
  ['was taken off its bridge', ['ip', 'link', 'set', 'TAP', 'nomaster'], /was not on br-a, and is again/],
  ['was brought down', ['ip', 'link', 'set', 'TAP', 'down'], /was down, and is up again/],
];
const change = (command: readonly string[]): string =>
  host.run(...(command.map((word) => (word === 'TAP' ? tap : word)) as [string, ...string[]]));

test.each(changes)('a tap that %s is put right at once, and that is said', async (_, command, words) => {
  const before = state();
  change(command);
  await eventually(() => said.length > 0 && state() === before);
  expect(said).toEqual(expect.arrayContaining([expect.stringMatching(words)]));
  // What the guard itself has done makes it look once more, not for ever.
  await new Promise((resolve) => setTimeout(resolve, 400));
  const settled = looks;
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(looks).toBe(settled);
});

test('what the kernel has not told of is found by looking at everything now and then', async () => {
  guard.close();
  const before = state();
  change(changes[0]![1]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(state()).not.toBe(before);
  guard = guardEvery(50);
  await eventually(() => state() === before && said.length > 0);
});

test('a guest that does not run, and an interface on its way, are left alone', async () => {
  for (const each of [
    { ...entry, state: 'paused' as const },
    { ...entry, interfaces: [{ ...entry.interfaces[0]!, stage: 'plugging' as const }] },
  ]) {
    entry = each;
    change(changes[0]![1]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(said).toEqual([]);
  }
});

test('what cannot be put right is said, and the guard goes on', async () => {
  host.run('ip', 'link', 'delete', 'br-a');
  await eventually(() => said.some((line) => /vnet0 is not as it should be: there is no bridge br-a/.test(line)));
  await links.ensureBridge(bridgePlan());
  change(['ip', 'link', 'set', 'TAP', 'mtu', '1400']);
  await eventually(() => said.some((line) => /was not on br-a, and is again/.test(line)));
});
