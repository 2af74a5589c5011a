import { expect, test } from 'vitest';
import type { ActualNetDef, PortRequest } from '@virtbus/contracts';
import { parseNetwork } from '@virtbus/libvirt-xml';
import { hostNetworkOf } from './host-network.js';
import { resolveActualNet } from './resolve-actual-net.js';

const mac = '52:54:00:00:00:01';
const network = (inner: string, root = '') =>
  parseNetwork(`<network${root}><name>lab</name>${inner}</network>`, { newMac: () => '52:54:00:aa:bb:cc' });
const isolatedNet = `<bridge name='virbr7'/><ip address='10.7.0.1' prefix='24'/>`;
const plain: ActualNetDef = { type: 'network', bridge: 'virbr7', isolated: false, trustGuestRxFilters: false };
const groups = `<portgroup name='slow' default='yes'><bandwidth><inbound average='10'/></bandwidth></portgroup><portgroup name='trusting' trustGuestRxFilters='yes'/>`;

test.each<[string, string, Partial<PortRequest>, Partial<ActualNetDef>]>([
  ['a bridge of ours', isolatedNet, {}, plain],
  [
    'macTableManager is passed on as it is written',
    isolatedNet.replace("'/>", "' macTableManager='libvirt'/>"),
    {},
    { ...plain, macTableManager: 'libvirt' },
  ],
  ['a bridge of the host', `<forward mode='bridge'/><bridge name='br0'/>`, {}, { ...plain, type: 'bridge', bridge: 'br0' }],
  ['the default group serves those that name none', isolatedNet + groups, {}, { ...plain, bandwidth: { inbound: { average: 10 } } }],
  ['a named group leaves the default one out', isolatedNet + groups, { portGroup: 'trusting' }, { ...plain, trustGuestRxFilters: true }],
  ['an unknown group is no group', isolatedNet + groups, { portGroup: 'nope' }, plain],
  [
    "the interface's own bandwidth wins",
    isolatedNet + groups,
    { bandwidth: { outbound: { average: 5 } } },
    { ...plain, bandwidth: { outbound: { average: 5 } } },
  ],
  ["the interface's no wins over the group's yes", isolatedNet + groups, { portGroup: 'trusting', trustGuestRxFilters: false }, plain],
  ['isolation comes from the network', `${isolatedNet}<port isolated='yes'/>`, {}, { ...plain, isolated: true }],
  ["the interface's isolation wins", `${isolatedNet}<port isolated='yes'/>`, { isolated: false }, plain],
])('%s', (_, inner, wish, expected) => {
  expect(resolveActualNet({ mac, network: 'lab', ...wish }, network(inner))).toMatchObject({ type: 'resolved', actual: expected });
});

test.each<[string, string, Partial<PortRequest>, string]>([
  ['a VLAN on a bridge', isolatedNet, { vlan: { trunk: false, tags: [{ id: 7 }] } }, 'vlan tag not supported'],
  ['a virtualport where IP is forwarded', isolatedNet, { virtualPort: { type: 'openvswitch' } }, 'uses IP forwarding'],
  ['a firewalld zone', isolatedNet.replace("'/>", "' zone='work'/>"), {}, 'firewalld zone'],
  [
    'a virtualport of a bridge on a macvtap',
    `<forward mode='vepa'><interface dev='eth0'/></forward>`,
    { virtualPort: { type: 'openvswitch' } },
    'uses a macvtap device',
  ],
  [
    'a VLAN on a macvtap',
    `<forward mode='vepa'><interface dev='eth0'/></forward>`,
    { vlan: { trunk: false, tags: [{ id: 7 }] } },
    'vlan tag',
  ],
  ['isolation on a macvtap', `<forward mode='bridge'><interface dev='eth0'/></forward>`, { isolated: true }, "type 'direct'"],
  [
    'shaping of an assigned device',
    `<forward mode='hostdev'><pf dev='pf0'/></forward>`,
    { bandwidth: { inbound: { average: 1 } } },
    'bandwidth',
  ],
])('%s is refused by name', (_, inner, wish, words) => {
  const answer = resolveActualNet({ mac, network: 'lab', ...wish }, network(inner));
  expect(answer).toMatchObject({ type: 'refused', code: 'config_unsupported' });
  expect(answer.type === 'refused' && answer.message).toContain(words);
});

const vlan = { trunk: false, tags: [{ id: 7 }] };

test.each<[string, string, Partial<PortRequest>, object]>([
  [
    'vepa',
    `<forward mode='vepa'><interface dev='eth0'/></forward>`,
    {},
    { actual: { type: 'direct', mode: 'vepa' }, lacks: { exclusive: false } },
  ],
  [
    'bridge',
    `<forward mode='bridge'><interface dev='eth0'/></forward>`,
    {},
    { actual: { mode: 'bridge' }, lacks: { pool: { links: ['eth0'] } } },
  ],
  [
    'private',
    `<forward mode='private'><pf dev='pf0'/></forward>`,
    {},
    { actual: { mode: 'private' }, lacks: { exclusive: false, pool: { pf: 'pf0' } } },
  ],
  [
    'private behind a switch that knows one guest',
    `<forward mode='private'><interface dev='eth0'/></forward>`,
    { virtualPort: { type: '802.1Qbh', parameters: { profileid: 'x' } } },
    { lacks: { exclusive: true } },
  ],
  [
    'passthrough with a tag',
    `<forward mode='passthrough'><interface dev='eth0'/></forward>`,
    { vlan },
    { actual: { type: 'direct', vlan }, lacks: { exclusive: true } },
  ],
  [
    'hostdev with a tag',
    `<forward mode='hostdev' managed='yes'><driver name='vfio'/><address type='pci' domain='0' bus='3' slot='16' function='1'/></forward>`,
    { vlan },
    { actual: { type: 'hostdev', managed: true, driver: 'vfio', vlan }, lacks: { exclusive: true, pool: { addresses: ['0000:03:10.1'] } } },
  ],
])('a pool of devices, mode %s', (_, inner, wish, expected) => {
  expect(resolveActualNet({ mac, network: 'lab', ...wish }, network(inner))).toMatchObject({ type: 'resolved', ...expected });
});

test('a host learns all that it needs of a network', () => {
  const nat = network(
    `<bandwidth><inbound average='9' burst='3'/></bandwidth><forward dev='eth0'><nat><port start='2000' end='3000'/></nat></forward><mtu size='1400'/>${isolatedNet}`,
  );
  expect(hostNetworkOf(nat, { uuid: '81ff0d90-c91e-6742-64da-4a736edb9a9b', activation: 2 })).toMatchObject({
    activation: 2,
    bridge: 'virbr7',
    bandwidth: { inbound: { average: 9, burst: 3 } },
    forwarding: { mode: 'nat', dev: 'eth0', natPorts: { start: 2000, end: 3000 } },
    settings: {
      mac: '52:54:00:aa:bb:cc',
      mtu: 1400,
      stp: true,
      delaySeconds: 0,
      addresses: [{ family: 'ipv4', address: '10.7.0.1', prefix: 24 }],
    },
  });
});
