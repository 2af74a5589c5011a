import type { DhcpLease } from './link-plan.js';

/**
 * dnsmasq's lease file: `EXPIRY MAC ADDRESS HOSTNAME CLIENT-ID` a line; then a line `duid …` of the server's own, and after it
 * `EXPIRY IAID ADDRESS HOSTNAME CLIENT-DUID` for DHCPv6. `*` stands for what is unknown. Lines of another form are passed over: the
 * file may be read while it is written.
 */
export const parseLeases = (text: string): DhcpLease[] => text.split('\n').flatMap((line) => parseIpv4(line) ?? parseIpv6(line) ?? []);

/** Links other than Ethernet have their hardware type in front of the MAC: `06-52:54:…`. */
const ipv4Line = /^(\d+) (?:[0-9a-f]{2}-)?((?:[0-9a-f]{2}:){5}[0-9a-f]{2}) ([\d.]+) (\S+) (\S+)$/i;
/** Temporary addresses have a `T` in front of the IAID. */
const ipv6Line = /^(\d+) T?(\d+) ([0-9a-f.]*:[0-9a-f:.]+) (\S+) (\S+)$/i;

function parseIpv4(line: string): DhcpLease | undefined {
  const [, expiry, mac, address, hostname, clientId] = ipv4Line.exec(line) ?? [];
  if (mac === undefined || address === undefined) return undefined;
  return { expiry: Number(expiry), family: 'ipv4', mac: mac.toLowerCase(), address, ...known({ hostname, clientId }) };
}

function parseIpv6(line: string): DhcpLease | undefined {
  const [, expiry, iaid, address, hostname, clientId] = ipv6Line.exec(line) ?? [];
  if (address === undefined) return undefined;
  return { expiry: Number(expiry), family: 'ipv6', iaid: Number(iaid), address, ...known({ hostname, clientId }) };
}

const known = (fields: Readonly<Record<string, string | undefined>>): Pick<DhcpLease, 'hostname' | 'clientId'> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '*'));
