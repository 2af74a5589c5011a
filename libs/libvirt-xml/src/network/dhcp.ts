import { attr, child, children } from '../model/field.js';
import { element } from '../model/element.js';
import { filled, oneOf, text, uint } from '../model/scalar.js';
import { fault, unsupported, xmlError, type Place } from '../model/place.js';
import { ip, parseIp, networkOf, broadcastOf, formatIp, type IpAddress } from '../formats/ip.js';
import { isMulticast, writtenMac } from '../formats/mac.js';
import { effectivePrefix, type Masked } from './ip-prefix.js';
import { NETWORK, networkName } from './network-name.js';

const seconds = { seconds: 1, minutes: 60, hours: 3600 } as const;
const LEASE_SECONDS_MIN = 120;
const RANGE_MAX = 65535n;

const lease = element(
  { expiry: attr(uint({ max: Number.MAX_SAFE_INTEGER }), { required: true }), unit: attr(oneOf('seconds', 'minutes', 'hours')) },
  {
    doc: 'How long an address is lent; 0 means for ever.',
    refine: ({ expiry, unit = 'minutes' }, at) => {
      if (expiry === 0) return { expiry };
      if (expiry * seconds[unit] < LEASE_SECONDS_MIN)
        throw unsupported(at, 'The minimum lease time should be greater than 2 minutes', NETWORK);
      return { expiry, unit };
    },
  },
);

const range = element({
  start: attr(ip, { required: true, invalid: (given, at) => badAddress(at, 'start', given) }),
  end: attr(ip, { required: true, invalid: (given, at) => badAddress(at, 'end', given) }),
  lease: child(lease),
});

const badAddress = (at: Place, what: string, given: string) =>
  xmlError(at, `Invalid ${what} IP address '${given}' in dhcp of network '${networkName(at)}'`, NETWORK);

const hostFields = {
  mac: attr(writtenMac, {
    invalid: (given, at) => xmlError(at, `Cannot parse MAC address '${given}' in network '${networkName(at)}'`, NETWORK),
  }),
  id: attr(filled),
  name: attr(text),
  ip: attr(ip, { invalid: (given, at) => badAddress(at, 'static host', given) }),
  lease: child(lease),
};

const bootp = element({
  file: attr(text, { required: true }),
  server: attr(text),
});

/** Lending of addresses. Without ranges and hosts it is dropped, `<bootp>` included, as libvirt does. */
export const dhcp = element(
  { range: children(range), host: children(element(hostFields)), bootp: child(bootp) },
  { refine: (value) => (value.range.length + value.host.length === 0 ? undefined : value) },
);

interface Dhcp {
  readonly range: readonly { readonly start: string; readonly end: string }[];
  readonly host: readonly { readonly mac?: string; readonly id?: string; readonly name?: string; readonly ip?: string }[];
}

/** Checks what lies inside `<dhcp>` against the address that it is part of. */
export function checkDhcp(value: Dhcp, owner: Masked, at: Place): void {
  for (const { start, end } of value.range) checkRange(start, end, { owner, at });
  for (const given of value.host) checkHost(given, owner, at);
}

function checkRange(startText: string, endText: string, { owner, at }: { owner: Masked; at: Place }): void {
  const [start, end, address] = [parseIp(startText), parseIp(endText), parseIp(owner.address)];
  if (!start || !end || !address) return;
  const prefix = effectivePrefix(owner);
  const words = `range ${startText} - ${endText} in network ${owner.address}/${prefix}`;
  const internal = (detail: string) => fault(at, 'INTERNAL_ERROR', detail, 0);
  const outside = [start, end].some((one) => one.family !== address.family || !same(networkOf(one, prefix), networkOf(address, prefix)));
  if (outside) throw internal(`${words} is not entirely within network`);
  if (start.bits > end.bits) throw internal(`${words} is reversed`);
  if (same(start, networkOf(address, prefix))) throw internal(`start of ${words} is the network address`);
  if (address.family === 'ipv4' && same(end, broadcastOf(address, prefix))) throw internal(`end of ${words} is the broadcast address`);
  if (end.bits - start.bits >= RANGE_MAX) throw internal(`${words} has too many addresses: more than ${RANGE_MAX}`);
}

const same = (a: IpAddress, b: IpAddress): boolean => formatIp(a) === formatIp(b);

function checkHost(given: Dhcp['host'][number], owner: Masked, at: Place): void {
  const name = networkName(at);
  const isIpv6 = parseIp(owner.address)?.family === 'ipv6';
  const { mac: address, id } = given;
  if (address !== undefined && isMulticast(address))
    throw xmlError(at, `expected unicast mac address, found multicast '${address}' in network '${name}'`, NETWORK);
  if (id !== undefined && !/^[0-9a-fA-F:]+$/.test(id)) throw xmlError(at, `Invalid character in id '${id}' of network '${name}'`, NETWORK);
  if (given.name !== undefined && !/^[A-Za-z0-9]/.test(given.name))
    throw xmlError(at, `Cannot use host name '${given.name}' in network '${name}'`, NETWORK);
  if (isIpv6) checkIpv6Host(given, at, name);
  else checkIpv4Host(given, at, name);
  if (given.ip === undefined) throw xmlError(at, `Missing IP address in static host definition for network '${name}'`, NETWORK);
}

function checkIpv6Host({ mac: address, id, name: hostName }: Dhcp['host'][number], at: Place, name: string): void {
  if (address !== undefined)
    throw xmlError(at, `Invalid to specify MAC address '${address}' in network '${name}' IPv6 static host definition`, NETWORK);
  if (id === undefined && hostName === undefined)
    throw xmlError(at, `Static host definition in IPv6 network '${name}' must have id or name attribute`, NETWORK);
}

function checkIpv4Host({ mac: address, name: hostName }: Dhcp['host'][number], at: Place, name: string): void {
  const nameless = address === undefined && hostName === undefined;
  if (nameless) throw xmlError(at, `Static host definition in IPv4 network '${name}' must have mac or name attribute`, NETWORK);
}
