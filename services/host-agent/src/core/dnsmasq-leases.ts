import type { DhcpLease } from './link-plan.js';

/**
 * dnsmasq's lease file: `EXPIRY MAC ADDRESS HOSTNAME CLIENT-ID` a line; then a line `duid …` of the server's own, and after it
 * `EXPIRY IAID ADDRESS HOSTNAME CLIENT-DUID` for DHCPv6. `*` stands for what is unknown. Lines of another form are passed over: the
 * file may be read while it is written.
 */
export const parseLeases = (text: string): DhcpLease[] => text.split('\n').flatMap((line) => parseLease(line.trim().split(/\s+/)) ?? []);

/** Links other than Ethernet have their hardware type in front: `06-52:54:…`. */
const mac = /^(?:[0-9a-f]{2}-)?((?:[0-9a-f]{2}:){5}[0-9a-f]{2})$/i;
/** Temporary addresses have a `T` in front. */
const iaid = /^T?(\d+)$/;

function parseLease([expiry = '', holder = '', address = '', hostname = '*', clientId = '*']: readonly string[]): DhcpLease | undefined {
  const family = address.includes(':') ? 'ipv6' : 'ipv4';
  const identity = family === 'ipv4' ? mac.exec(holder)?.[1] : iaid.exec(holder)?.[1];
  if (!/^\d+$/.test(expiry) || identity === undefined || !/^[0-9a-f.:]{2,}$/i.test(address)) return undefined;
  return {
    expiry: Number(expiry),
    family,
    address,
    ...(family === 'ipv4' ? { mac: identity.toLowerCase() } : { iaid: Number(identity) }),
    ...(hostname !== '*' && { hostname }),
    ...(clientId !== '*' && { clientId }),
  };
}
