/** What a guest may send and receive while nobody knows its address: enough for one to be learned. */
import type { ChainRule, PortFilter } from './compile-filter.js';
import { addressIn, macIn, type Condition } from './condition.js';

/** How an address is learned (libvirt `CTRL_IP_LEARNING`): from whatever the guest sends, or only from what a DHCP server gives it. */
export type LearningMode = 'any' | 'dhcp';

const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const ipv4: Condition = { field: 'ether type', value: '0x0800' };
const arp: Condition = { field: 'ether type', value: '0x0806' };
const udp: Condition = { field: 'ip protocol', value: '17' };
const ports = (source: number, destination: number): Condition[] => [
  { field: 'th sport', value: String(source) },
  { field: 'th dport', value: String(destination) },
];
const rest: ChainRule = { conditions: [], verdict: 'drop' };

export function learningFilter(mac: string, mode: LearningMode, dhcpServers: readonly string[]): PortFilter {
  const own: Condition = { field: 'ether saddr', value: macIn(mac) };
  const chains = mode === 'dhcp' ? dhcpOnly(own, macIn(mac), dhcpServers) : anything(own);
  return { type: 'filter', chains: { out2: [], in2: [], out3: [], in3: [], ...chains }, flows: [] };
}

const anything = (own: Condition): PortFilter['chains'] => ({
  out2: [
    { conditions: [{ ...own, not: true }], verdict: 'drop' },
    { conditions: [ipv4], verdict: 'accept' },
    { conditions: [arp], verdict: 'accept' },
    rest,
  ],
});

function dhcpOnly(own: Condition, mac: string, servers: readonly string[]): PortFilter['chains'] {
  const from: Condition[][] = servers.length === 0 ? [[]] : servers.map((one) => [{ field: 'ip saddr', value: addressIn(one, 'ipv4') }]);
  const answers = [mac, BROADCAST].flatMap((to) =>
    from.map((server): ChainRule => ({
      conditions: [{ field: 'ether daddr', value: to }, ipv4, udp, ...server, ...ports(67, 68)],
      verdict: 'accept',
    })),
  );
  return { out2: [{ conditions: [own, ipv4, udp, ...ports(68, 67)], verdict: 'accept' }, rest], in2: [...answers, rest] };
}
