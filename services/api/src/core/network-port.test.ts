import { expect, test } from 'vitest';
import { formatNetworkPort, parseNetworkPort } from '@virtbus/libvirt-xml';
import type { ActualNetDef, PortByHand, PortRecord } from '@virtbus/contracts';
import { PORT, portWishOf, portXmlOf, reclaimedPlugOf } from './network-port.js';
import { placementIn, withoutPlacement } from './placement-element.js';

const [id, owner] = ['9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f020', '9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f001'];
const mac = '52:54:00:00:01:20';
const head = `<networkport>
  <uuid>${id}</uuid>
  <owner>
    <name>web</name>
    <uuid>${owner}</uuid>
  </owner>
`;
const record = (actual: Partial<ActualNetDef>, more: Partial<PortRecord> = {}): PortRecord => ({
  ...{ id, network: 'lab', networkUuid: id, mac, domain: owner, domainName: 'web', hostId: 'h2', epoch: 1, allocatedAt: '' },
  actual: { type: 'network', bridge: 'virbr7', isolated: false, trustGuestRxFilters: false, ...actual },
  ...more,
});
const byHand: PortByHand = { owner: { name: 'web', uuid: owner }, commandId: 'c' };

test.each<[string, PortRecord, string]>([
  ['of an interface', record({}), `  <mac address='${mac}'/>\n  <plug type='network' bridge='virbr7'/>\n</networkport>\n`],
  [
    'by hand, with its owner and not its holder',
    record({}, { byHand, domain: id, domainName: '' }),
    `  <mac address='${mac}'/>\n  <plug type='network' bridge='virbr7'/>\n</networkport>\n`,
  ],
  [
    'on a host that its maker has named',
    record({}, { byHand: { ...byHand, placed: true } }),
    `  <mac address='${mac}'/>\n  <plug type='network' bridge='virbr7'/>\n  <virtbus:placement xmlns:virtbus="urn:virtbus:port:1" host="h2"/>\n</networkport>\n`,
  ],
  [
    'with everything',
    record(
      {
        ...{ isolated: true, trustGuestRxFilters: true, vlan: { trunk: false, tags: [{ id: 5 }] } },
        bandwidth: { inbound: { average: 1000, floor: 10 }, outbound: { average: 500 } },
      },
      { portGroup: 'slow' },
    ),
    `  <group>slow</group>
  <mac address='${mac}'/>
  <bandwidth>
    <inbound average='1000' floor='10'/>
    <outbound average='500'/>
  </bandwidth>
  <vlan>
    <tag id='5'/>
  </vlan>
  <port isolated='yes'/>
  <rxfilters trustGuest='yes'/>
  <plug type='network' bridge='virbr7'/>
</networkport>
`,
  ],
])('the XML of a port %s', (_, port, expected) => expect(portXmlOf(port)).toBe(`${head}${expected}`));

const read = (inside: string) => parseNetworkPort(`${head}<mac address='${mac}'/>${inside}</networkport>`);

test.each<[string, string, object]>([
  ['nothing more', '', {}],
  ['a group', '<group>slow</group>', { portGroup: 'slow' }],
  [
    'tags',
    "<vlan trunk='yes'><tag id='1'/><tag id='2' nativeMode='untagged'/></vlan>",
    {
      vlan: { trunk: true, tags: [{ id: 1 }, { id: 2, nativeMode: 'untagged' }] },
    },
  ],
  [
    'a virtual port',
    "<virtualport type='802.1Qbh'><parameters profileid='p'/></virtualport>",
    {
      virtualPort: { type: '802.1Qbh', parameters: { profileid: 'p' } },
    },
  ],
  [
    'bandwidth',
    "<bandwidth><inbound average='1' peak='2' floor='3'/></bandwidth>",
    { bandwidth: { inbound: { average: 1, peak: 2, floor: 3 } } },
  ],
  ['trust and isolation', "<port isolated='no'/><rxfilters trustGuest='yes'/>", { isolated: false, trustGuestRxFilters: true }],
])('what a port with %s asks of its network', (_, inside, expected) =>
  expect(portWishOf(read(inside), 'lab')).toEqual({ mac, network: 'lab', ...expected }),
);

test.each<[string, object | undefined]>([
  ["<plug type='none'/>", undefined],
  ["<plug type='network' bridge='br0'/>", { type: 'network', bridge: 'br0' }],
  ["<plug type='bridge' bridge='br0'/>", { type: 'bridge', bridge: 'br0' }],
  ["<plug type='direct' dev='eth0' mode='bridge'/>", { type: 'direct', dev: 'eth0' }],
  [
    "<plug type='hostdev-pci' managed='yes'><address domain='0' bus='3' slot='16' function='1'/></plug>",
    { type: 'hostdev', pciAddress: '0000:03:10.1' },
  ],
])('%s is claimed again', (plug, expected) => expect(reclaimedPlugOf(read(plug))).toEqual(expected));

test('a host that is named is read, and written again', () => {
  const xml = portXmlOf(record({}, { byHand: { ...byHand, placed: true } }));
  expect([placementIn(xml, PORT), placementIn(withoutPlacement(xml), PORT)]).toEqual(['h2', undefined]);
  expect(formatNetworkPort(parseNetworkPort(withoutPlacement(xml)))).toBe(portXmlOf(record({})));
});
