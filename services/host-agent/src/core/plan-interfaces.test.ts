import { expect, test } from 'vitest';
import type { Port } from '@virtbus/contracts';
import { formatDomain, parseDomain, type NetDef } from '@virtbus/libvirt-xml';
import type { TapPlan } from './link-plan.js';
import { liveNetDef, portRequestOf, sourceOf, tapPlanOf, type NetworkNetDef } from './plan-interfaces.js';

const mac = '52:54:00:00:00:01';
const domain = (inner: string) =>
  parseDomain(`<domain type='qemu'><name>d</name><memory>1024</memory><os><type>hvm</type></os><devices>${inner}</devices></domain>`);
const nic = (inner: string, type = 'network'): NetDef => {
  const [net] = domain(`<interface type='${type}'><mac address='${mac}'/>${inner}</interface>`).devices.interface;
  if (!net) throw new Error('the XML has an interface');
  return net;
};
const lab = `<source network='lab'/>`;
const port = (actual: Partial<Port['actual']> = {}): Port => ({
  id: '4dd41997-8b1a-4f0e-9f0a-3c1f9c8f2a11',
  network: 'lab',
  networkUuid: '81ff0d90-c91e-6742-64da-4a736edb9a9b',
  mac,
  actual: { type: 'network', bridge: 'virbr0', isolated: false, trustGuestRxFilters: false, ...actual },
});

test.each<[string, NetDef, Port | undefined, TapPlan]>([
  ['a network', nic(`${lab}<model type='virtio'/>`), port(), { mac, bridge: 'virbr0', model: 'virtio' }],
  [
    'a network whose MAC table is ours',
    nic(lab),
    port({ macTableManager: 'libvirt' }),
    { mac, bridge: 'virbr0', macTableManager: 'libvirt' },
  ],
  ['an isolated port', nic(lab), port({ isolated: true }), { mac, bridge: 'virbr0', isolated: true }],
  [
    'queues, a name and an MTU of its own',
    nic(`${lab}<target dev='mytap%d'/><model type='virtio'/><driver queues='2'/><mtu size='1400'/>`),
    port(),
    { mac, bridge: 'virbr0', model: 'virtio', target: 'mytap%d', queues: 2, mtu: 1400 },
  ],
  ['a bridge of the host', nic(`<source bridge='br0'/>`, 'bridge'), undefined, { mac, bridge: 'br0' }],
])('%s is plugged', (_, net, granted, expected) => expect(tapPlanOf(net, granted)).toEqual(expected));

test('what an interface asks of its network is passed on whole', () => {
  const net = nic(
    `<source network='lab' portgroup='fast'/><vlan><tag id='7' nativeMode='tagged'/></vlan><port isolated='yes'/>`,
  ) as NetworkNetDef;
  expect(portRequestOf({ ...net, trustGuestRxFilters: true })).toEqual({
    mac,
    network: 'lab',
    portGroup: 'fast',
    vlan: { trunk: false, tags: [{ id: 7, nativeMode: 'tagged' }] },
    isolated: true,
    trustGuestRxFilters: true,
  });
});

test.each<[string, Port, string]>([
  [
    'a network',
    port({ macTableManager: 'libvirt' }),
    `<source network='lab' portid='${port().id}' bridge='virbr0' macTableManager='libvirt'/>`,
  ],
  ['a bridge of the host', port({ type: 'bridge', bridge: 'br0' }), `<source network='lab' portid='${port().id}' bridge='br0'/>`],
])('the live definition of an interface on %s shows its port and tap', (_, granted, source) => {
  const def = domain('');
  const xml = formatDomain(
    { ...def, devices: { ...def.devices, interface: [liveNetDef(nic(lab), granted, 'vnet3')] } },
    { flavour: 'live' },
  );
  expect(xml).toContain(`<interface type='${granted.actual.type}'>`);
  expect(xml).toContain(source);
  expect(xml).toContain(`<target dev='vnet3'/>`);
});

test.each<[string, Port, string]>([
  ['the network', port(), 'lab'],
  ['the bridge, when it is the host’s', port({ type: 'bridge', bridge: 'br0' }), 'br0'],
])('virsh’s source of an interface is %s', (_, granted, source) => {
  expect(sourceOf(nic(lab), granted)).toBe(source);
});
