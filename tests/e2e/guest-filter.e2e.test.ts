import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as contracts from '@virtbus/contracts';
import { SerialConsole } from '../../tools/guest/serial-console.ts';
import { guestXml, nic } from './guest-definitions.js';
import { Neighbour } from './neighbour.js';
import { TestFleet } from './test-fleet.js';

const mac = { first: '52:54:00:00:7a:01', plugged: '52:54:00:00:7a:02', forged: '52:54:00:00:7a:99' } as const;
const ip = { gateway: '10.7.0.1', neighbour: '10.7.0.2', forged: '10.7.0.222' } as const;
const labXml = `<network><name>lab</name><bridge name='virbr0' macTableManager='libvirt'/>
  <ip address='${ip.gateway}' netmask='255.255.255.0'><dhcp><range start='10.7.0.10' end='10.7.0.99'/></dhcp></ip></network>`;
const clean = "<filterref filter='clean-traffic'/>";
const ports = Array.from({ length: 6 }, (_, at) => `<controller type='pci' index='${at + 1}' model='pcie-root-port'/>`).join('');
/** What the neighbour counts. An honest frame of the guest is none of the others. */
const kinds = {
  honest: `ether saddr { ${mac.first}, ${mac.plugged} } arp saddr ip != { ${ip.gateway}, ${ip.forged} }`,
  'another MAC': `ether saddr ${mac.forged}`,
  'another address': `ip saddr ${ip.forged}`,
  "another's ARP": `arp saddr ip ${ip.gateway} ether saddr { ${mac.first}, ${mac.plugged} }`,
};

let fleet: TestFleet;
let guest: SerialConsole;
let neighbour: Neighbour;
let given = '';

beforeAll(async () => {
  fleet = await TestFleet.start({ separate: true });
  await fleet.bus.run(contracts.defineNetwork, { xml: labXml });
  await fleet.bus.run(contracts.startNetwork, { network: 'lab' });
  const xml = guestXml({ name: 'g', interfaces: nic(mac.first, { extra: clean }), devices: ports });
  const { uuid } = await fleet.bus.run(contracts.defineDomain, { xml });
  await fleet.bus.run(contracts.startDomain, { domain: 'g', paused: true });
  neighbour = await Neighbour.join(fleet, { bridge: 'virbr0', address: `${ip.neighbour}/24`, kinds });
  guest = await SerialConsole.connect(join(fleet.stateDir, 'host', 'run', uuid, 'serial0.sock'));
  given = (await get()).interfaces[0]?.port?.addresses?.[0]?.address ?? '';
}, 120_000);
afterAll(async () => {
  guest?.close();
  neighbour?.leave();
  await fleet?.stop();
});

const get = () => fleet.bus.request(contracts.getDomain, { domain: 'g' });
const update = (xml: string) => fleet.bus.run(contracts.updateDevice, { domain: 'g', xml });
/** Tables are listed in the order in which they were made. */
const rules = () =>
  fleet
    .inHost('nft', '-s', 'list', 'ruleset')
    .split(/^(?=table )/m)
    .toSorted()
    .join('');
const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 30_000, interval: 100 });

/** Types lines at the guest's shell and waits until they are done. */
let typed = 0;
async function enter(...lines: readonly string[]): Promise<void> {
  const from = guest.text.length;
  const mark = (typed += 1);
  guest.type(`${lines.join('; ')}; echo typed-$((${mark}))-is-done`);
  await guest.waitFor(new RegExp(`typed-${mark}-is-done`), 60_000, from);
}

/** Which kinds of frames reach the neighbour when a card says what is true, and then everything that is not. */
async function reach(card: string, own: string): Promise<string[]> {
  const ask = `arping -q -c 1 -w 1 -I ${card}`;
  const readdress = (address: string) => `ip link set ${card} down; ip link set ${card} address ${address}; ip link set ${card} up`;
  const forged = [ip.forged, ip.gateway].map((address) => `${address}/32 dev ${card}`);
  neighbour.seen();
  await enter(
    `${readdress(mac.forged)}; ${ask} ${ip.neighbour}; ${readdress(own)}`,
    ...forged.map((address) => `ip address add ${address}`),
    `ping -c 1 -W 1 -I ${ip.forged} ${ip.neighbour} >/dev/null & ${ask} -s ${ip.gateway} ${ip.neighbour} & wait $!`,
    ...forged.map((address) => `ip address del ${address}`),
    // What was sent before has come by the time that this is answered.
    `until arping -q -f -c 1 -w 1 -I ${card} ${ip.neighbour}; do :; done`,
  );
  return neighbour.seen();
}

async function killAgent(meanwhile: () => void): Promise<void> {
  const pid = fleet.fleet.pidOf('host-agent') ?? 0;
  process.kill(pid, 'SIGSTOP');
  meanwhile();
  process.kill(pid, 'SIGKILL');
  await eventually(() => expect([undefined, pid]).not.toContain(fleet.fleet.pidOf('host-agent')));
}

describe('a guest with a filter', () => {
  test('may say the address that netd has given before it has said anything', async () => {
    expect(given).toMatch(/^10\.7\.0\.\d+$/);
    expect(rules()).toContain(`ip saddr ${given}`);
    await fleet.bus.run(contracts.resumeDomain, { domain: 'g' });
    await guest.waitFor(new RegExp(`up eth0 ${given.replaceAll('.', '\\.')}\\r`), 60_000);
  });

  test('reaches its neighbour with its own MAC and address, and with no other', async () => {
    expect(await reach('eth0', mac.first)).toEqual(['honest']);
  });

  test('does so after the agent was killed and all rules were flushed meanwhile', async () => {
    const before = rules();
    await killAgent(() => fleet.inHost('nft', 'flush', 'ruleset'));
    await eventually(() => expect(rules()).toBe(before));
    expect(await reach('eth0', mac.first)).toEqual(['honest']);
  });

  test('does so after somebody has flushed all rules', async () => {
    const before = rules();
    fleet.inHost('nft', 'flush', 'ruleset');
    await eventually(() => expect(rules()).toBe(before));
    expect(await reach('eth0', mac.first)).toEqual(['honest']);
  });

  test('may say the address that its network names for it while it runs, beside the one that it was lent', async () => {
    const xml = `<host mac='${mac.first}' ip='10.7.0.150'/>`;
    await fleet.bus.run(contracts.updateNetwork, { network: 'lab', command: 'add-last', section: 'ip-dhcp-host', xml, live: true });
    await eventually(() => expect(rules()).toContain('ip saddr 10.7.0.150'));
    expect(rules()).toContain(`ip saddr ${given}`);
  });

  test.each([
    ['no-mac-spoofing', ['honest', 'another address', "another's ARP"]],
    ['no-ip-spoofing', ['honest', 'another MAC', "another's ARP"]],
    ['no-arp-ip-spoofing', ['honest', 'another MAC', 'another address']],
  ])('that is changed to %s is held to that alone', async (filter, passing) => {
    await update(nic(mac.first, { extra: `<filterref filter='${filter}'/>` }));
    expect(await reach('eth0', mac.first)).toEqual(passing);
  });

  test('and without one says what it likes', async () => {
    await update(nic(mac.first));
    expect(await reach('eth0', mac.first)).toEqual(Object.keys(kinds));
  });
});

test('an interface that is plugged with a filter is held to it, and takes it along', async () => {
  await fleet.bus.run(contracts.attachDevice, { domain: 'g', xml: nic(mac.plugged, { extra: clean }) });
  await guest.waitFor(/up eth1 10\.7\.0\.\d+\r/, 60_000);
  await enter('ip link set eth0 down');
  expect(await reach('eth1', mac.plugged)).toEqual(['honest']);
  await enter('ip link set eth0 up');
  const link = (await get()).interfaces[1]?.target ?? '';
  expect(rules()).toContain(link);
  await fleet.bus.run(contracts.detachDevice, { domain: 'g', xml: nic(mac.plugged) });
  await eventually(() => expect(rules()).not.toContain(link));
});
