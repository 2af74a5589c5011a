import { expect, test } from 'vitest';
import { parseNetwork } from '@virtbus/libvirt-xml';
import { poolDemands } from './pools.js';

const network = (name: string, inner: string) => parseNetwork(`<network><name>${name}</name>${inner}</network>`);
const definitions = [
  network('vfs', `<forward mode='hostdev' managed='yes'><pf dev='pf0'/></forward>`),
  network('mv', `<forward mode='bridge'><interface dev='eth0'/><interface dev='eth1'/></forward>`),
  network('listed', `<forward mode='hostdev'><address type='pci' domain='0' bus='3' slot='16' function='1'/></forward>`),
  network(
    'qbh',
    `<forward mode='private'><interface dev='eth0'/></forward><virtualport type='802.1Qbh'><parameters profileid='x'/></virtualport>`,
  ),
  network('br', `<forward mode='bridge'/><bridge name='br0'/>`),
  network('nat', `<forward/><ip address='10.1.1.1' prefix='24'/>`),
  network('empty', `<forward mode='passthrough'/>`),
];

test.each<[string, string[], object[]]>([
  ['networks with a bridge lend nothing', ['br', 'nat', 'nat'], []],
  ['each interface takes one', ['vfs', 'nat', 'vfs'], [{ network: 'vfs', mode: 'hostdev', exclusive: true, count: 2, pf: 'pf0' }]],
  ['links are shared', ['mv'], [{ network: 'mv', mode: 'bridge', exclusive: false, count: 1, links: ['eth0', 'eth1'] }]],
  ['addresses are listed', ['listed'], [{ network: 'listed', mode: 'hostdev', exclusive: true, count: 1, addresses: ['0000:03:10.1'] }]],
  ['a switch that knows one guest', ['qbh'], [{ network: 'qbh', mode: 'private', exclusive: true, count: 1, links: ['eth0'] }]],
  ['a pool of nothing', ['empty'], [{ network: 'empty', mode: 'passthrough', exclusive: true, count: 1 }]],
])('%s', (_, networks, expected) => expect(poolDemands(networks, definitions)).toEqual(expected));
