import { expect, test } from 'vitest';
import { withPorts } from './lent-addresses.js';
import type { NetworkPort } from './network-facts.js';

const mac = (n: number): string => `52:54:00:00:00:0${n}`;
const port = (n: number, hostId: string, more: Partial<NetworkPort> = {}): NetworkPort => ({
  mac: mac(n),
  hostId,
  domainName: `guest${n}`,
  addresses: [{ family: 'ipv4', address: `10.7.0.${n}` }],
  ...more,
});
const both = [
  { family: 'ipv4', address: '10.7.0.3' },
  { family: 'ipv6', address: 'fd00::3' },
] as const;

interface Case {
  readonly hosts?: string[];
  readonly names?: string[];
  readonly ports: NetworkPort[];
}

test.each<[string, Case, { readonly hosts?: string[]; readonly names: string[] }]>([
  [
    'lends to ports of this host and names those of all',
    { hosts: [], ports: [port(1, 'a'), port(2, 'b')] },
    { hosts: [`${mac(1)},10.7.0.1`], names: ['10.7.0.1\tguest1', '10.7.0.2\tguest2'] },
  ],
  [
    'lends both families on one line',
    { hosts: [], ports: [port(3, 'a', { addresses: both })] },
    { hosts: [`${mac(3)},10.7.0.3,[fd00::3]`], names: ['10.7.0.3\tguest3', 'fd00::3\tguest3'] },
  ],
  [
    "leaves the definition's own line for a MAC, and adds what it lacks",
    { hosts: [`${mac(3)},10.7.0.3,db,1h`], ports: [port(3, 'a', { addresses: both })] },
    { hosts: [`${mac(3)},10.7.0.3,db,1h`, `${mac(3)},[fd00::3]`], names: ['10.7.0.3\tguest3', 'fd00::3\tguest3'] },
  ],
  ['keeps lines of MACs that are no ports', { hosts: [`${mac(9)},10.7.0.9`], ports: [] }, { hosts: [`${mac(9)},10.7.0.9`], names: [] }],
  [
    'drops a line whose address another MAC has been given',
    {
      hosts: [`${mac(9)},10.7.0.2`, 'web,10.7.0.1', 'id:0001,x,[fd00::3]'],
      ports: [port(1, 'a'), port(2, 'b'), port(3, 'b', { addresses: both })],
    },
    { hosts: [`${mac(1)},10.7.0.1`], names: expect.anything() as string[] },
  ],
  [
    'lends nothing where the network lends nothing',
    { names: ['10.7.0.1\tgw'], ports: [port(1, 'a')] },
    { names: ['10.7.0.1\tgw', '10.7.0.1\tguest1'] },
  ],
  [
    'gives no guest a name that the definition has, or that is none',
    {
      hosts: [`${mac(9)},10.7.0.9,guest2`],
      names: ['10.7.0.1\tguest1'],
      ports: [port(1, 'b'), port(2, 'b'), port(3, 'b', { domainName: 'not a name' }), port(4, 'b', { domainName: '4711' })],
    },
    { hosts: [`${mac(9)},10.7.0.9,guest2`], names: ['10.7.0.1\tguest1'] },
  ],
  [
    'passes over ports without an address',
    { hosts: [], ports: [{ mac: mac(1), hostId: 'a', domainName: 'guest1' }] },
    { hosts: [], names: [] },
  ],
])('dnsmasq %s', (_, { hosts, names = [], ports }, expected) => {
  const dnsmasq = { options: ['strict-order'], names, ...(hosts ? { hosts } : {}) };
  expect(withPorts(dnsmasq, { ports, hosts: [] }, 'a')).toEqual({ options: ['strict-order'], ...expected });
});
