import { closeSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bridgePlan, tapPlan } from './conformance/case.js';
import type { HostLinks } from './host-links.js';
import { testHost, type TestHost } from './test-host.js';

const PLUGS = 1_000;
/** So many are under way at any moment. */
const TOGETHER = 32;
/** Port numbers are of 10 bits, and 0 is none (net/bridge/br_private.h). */
const PORTS = 1_023;

let host: TestHost;
let links: HostLinks;
beforeEach(async () => {
  host = testHost();
  links = await host.open();
  await links.ensureBridge(bridgePlan());
});
afterEach(() => host.remove());

const macOf = (n: number): string => `52:54:00:0a:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`;
const numberOf = (name: string): number => Number(/^vnet(\d+)$/.exec(name)?.[1]);
const linkNames = (): string[] => (JSON.parse(host.run('ip', '-json', 'link', 'show')) as { ifname: string }[]).map(({ ifname }) => ifname);

/** As an interface comes and goes: held, plugged, its MAC forwarded, the guest's copies closed or the link removed, the name given up. */
async function comeAndGo(n: number): Promise<string> {
  const mac = macOf(n);
  const name = await links.holdName({ prefix: 'vnet' });
  const tap = await links.plugTap(tapPlan({ mac, name, macTableManager: 'libvirt' }));
  expect(tap.name).toBe(name);
  links.startForwarding(name, mac);
  // Half of them go like those of a guest that has ended, half as by an unplug while somebody has the descriptors.
  if (n % 2 === 0) await links.closeTap(tap);
  await links.unplug(name, mac);
  if (n % 2 === 1) await links.closeTap(tap);
  links.giveUpName(name);
  return name;
}

test(`of ${PLUGS} interfaces that come and go, ${TOGETHER} at a time, no two have had one name, numbers rise, and nothing is left`, async () => {
  const names: string[] = [];
  let next = 0;
  const given: number[] = [];
  const worker = async (): Promise<void> => {
    while (next < PLUGS) {
      const name = await comeAndGo(next++);
      names.push(name);
      given.push(numberOf(name));
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, worker));
  expect(new Set(names).size).toBe(PLUGS);
  expect(given.toSorted((x, y) => x - y)).toEqual(Array.from({ length: PLUGS }, (_, n) => n));
  expect(linkNames().filter((name) => name !== 'lo')).toEqual(['br-a']);
  expect(
    host
      .run('bridge', 'fdb', 'show')
      .split('\n')
      .filter((line) => line.includes('52:54:00:0a')),
  ).toEqual([]);
  expect(host.logged).toEqual([]);
  // Nor after a restart.
  await links.close();
  links = await host.open();
  expect(await comeAndGo(0)).toBe(`vnet${PLUGS}`);
}, 60_000);

test(`a bridge with ${PORTS} ports refuses one more, says what to do, and takes it once there is room`, async () => {
  const pairs = Math.floor(PORTS / 2);
  const batch = Array.from({ length: pairs }, (_, n) => [
    `add v${n} type veth peer name w${n}`,
    `set v${n} master br-a`,
    `set w${n} master br-a`,
  ]);
  host.run(
    'sh',
    '-c',
    `ip -batch - <<'END'\n${batch
      .flat()
      .map((line) => `link ${line}`)
      .join('\n')}\nEND`,
  );
  const last = await links.plugTap(tapPlan({ mac: macOf(1) }));
  const full = {
    code: 'bridge_full',
    libvirtCode: 38,
    message: expect.stringMatching(/^cannot attach vnet1 to br-a: the bridge has 1,023 ports, as many as the kernel allows; unplug /),
  };
  await expect(links.plugTap(tapPlan({ mac: macOf(2) }))).rejects.toMatchObject(full);
  expect(linkNames().filter((name) => name.startsWith('vnet'))).toEqual([last.name]);
  expect(links.observeTap(last.name)).toMatchObject({ bridge: 'br-a' });
  await links.ensureBridge(bridgePlan({ name: 'br-b', mac: '52:54:00:00:00:02' }));
  const elsewhere = await links.plugTap(tapPlan({ mac: macOf(2), bridge: 'br-b' }));
  expect(() => links.moveTap(elsewhere.name, { bridge: 'br-a' })).toThrow(expect.objectContaining({ code: 'bridge_full' }));
  expect(links.observeTap(elsewhere.name)).toMatchObject({ bridge: 'br-b' });
  last.fds.forEach((fd) => closeSync(fd));
  links.moveTap(elsewhere.name, { bridge: 'br-a' });
  expect(links.observeTap(elsewhere.name)).toMatchObject({ bridge: 'br-a' });
}, 60_000);
