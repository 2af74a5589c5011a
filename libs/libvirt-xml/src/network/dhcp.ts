import { attr, child, children } from '../model/field.js';
import { element, type ValueOf } from '../model/element.js';
import { filled, oneOf, text, uint } from '../model/scalar.js';
import { fault, unsupported, xmlError, type Place } from '../model/place.js';
import { ip, parseIp, networkOf, broadcastOf, formatIp, type IpAddress } from '../formats/ip.js';
import { isMulticast, writtenMac } from '../formats/mac.js';
import { effectivePrefix, type Masked } from './ip-prefix.js';
import { NETWORK, networkName } from './network-name.js';

const seconds = { seconds: 1, minutes: 60, hours: 3600 } as const;
const LEASE_SECONDS_MIN = 120;
const RANGE_MAX = 65535n;
/** As many guests as the largest range has addresses. */
const MANY = 65_536;

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

export const range = element({
  start: attr(ip, { required: (at) => missingEnd(at, 'start'), invalid: (given, at) => badAddress(at, 'start', given) }),
  end: attr(ip, { required: (at) => missingEnd(at, 'end'), invalid: (given, at) => badAddress(at, 'end', given) }),
  lease: child(lease),
});

const missingEnd = (at: Place, name: string) =>
  xmlError(at, `Missing '${name}' attribute in dhcp range for network '${networkName(at)}'`, NETWORK);

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

/** An address that one guest gets; what must be given is checked by `checkHost`. */
export const host = element(hostFields);
export type DhcpHost = ValueOf<typeof host>;
export type DhcpRange = ValueOf<typeof range>;

const bootp = element(
  { file: attr(text), server: attr(text) },
  { doc: 'What guests boot over the network.', refine: (value) => (value.file === undefined ? undefined : value) },
);

/** Lending of addresses. Without ranges and hosts it is dropped, `<bootp>` included, as libvirt does. */
export const dhcp = element(
  { range: children(range), host: children(host, { most: MANY }), bootp: child(bootp) },
  { refine: (value) => (value.range.length + value.host.length === 0 ? undefined : value) },
);

interface Dhcp {
  readonly range: readonly DhcpRange[];
  readonly host: readonly DhcpHost[];
}

/** The element that something lies in, and where that is. */
interface Within {
  readonly owner: Masked;
  readonly at: Place;
}

/** Checks what lies inside `<dhcp>` against the address that it is part of. */
export function checkDhcp(value: Dhcp, owner: Masked, at: Place): void {
  for (const given of value.range) checkRange(given, { owner, at });
  for (const given of value.host) checkHost(given, { owner, at });
}

/** @throws LibvirtError when the range is not within the owner's subnet. */
export function checkRange({ start: startText, end: endText }: DhcpRange, { owner, at }: Within): void {
  const [start, end, address] = [parseIp(startText), parseIp(endText), parseIp(owner.address)];
  if (!start || !end || !address) return;
  const prefix = effectivePrefix(owner);
  const named = `range ${startText} - ${endText}`;
  const words = `${named} in network ${owner.address}/${prefix}`;
  const internal = (detail: string) => fault(at, 'INTERNAL_ERROR', detail, 0);
  const outside = [start, end].some((one) => one.family !== address.family || !same(networkOf(one, prefix), networkOf(address, prefix)));
  if (outside) throw internal(`${named} is not entirely within network ${owner.address}/${prefix}`);
  if (start.bits > end.bits) throw internal(`${named} is reversed`);
  if (same(start, networkOf(address, prefix))) throw internal(`start of ${words} is the network address`);
  if (address.family === 'ipv4' && same(end, broadcastOf(address, prefix))) throw internal(`end of ${words} is the broadcast address`);
  if (end.bits - start.bits >= RANGE_MAX) throw internal(`${words} has too many addresses: more than ${RANGE_MAX}`);
}

const same = (a: IpAddress, b: IpAddress): boolean => formatIp(a) === formatIp(b);

/** @throws LibvirtError when the host cannot be told by what is given, or lacks its address. */
export function checkHost(given: DhcpHost, { owner, at }: Within): void {
  const name = networkName(at);
  checkHostWords(given, { owner, at });
  if (isIpv6(owner) && given.id === undefined && given.name === undefined)
    throw xmlError(at, `Static host definition in IPv6 network '${name}' must have id or name attribute`, NETWORK);
  if (!isIpv6(owner) && given.mac === undefined && given.name === undefined)
    throw xmlError(at, `Static host definition in IPv4 network '${name}' must have mac or name attribute`, NETWORK);
  if (given.ip === undefined) throw xmlError(at, `Missing IP address in static host definition for network '${name}'`, NETWORK);
}

/** Part of a host, that finds it. @throws LibvirtError when it could find none. */
export function checkHostPattern(given: DhcpHost, { owner, at }: Within): void {
  checkHostWords(given, { owner, at });
  if (given.mac !== undefined || given.name !== undefined || given.ip !== undefined) return;
  const words = 'At least one of name, mac, or ip attribute must be specified for static host definition in network';
  throw xmlError(at, `${words} '${networkName(at)}'`, NETWORK);
}

const isIpv6 = (owner: Masked): boolean => parseIp(owner.address)?.family === 'ipv6';

function checkHostWords({ mac: address, id, name: hostName }: DhcpHost, { owner, at }: Within): void {
  const name = networkName(at);
  if (address !== undefined && isIpv6(owner))
    throw xmlError(at, `Invalid to specify MAC address '${address}' in network '${name}' IPv6 static host definition`, NETWORK);
  if (address !== undefined && isMulticast(address))
    throw xmlError(at, `expected unicast mac address, found multicast '${address}' in network '${name}'`, NETWORK);
  if (id !== undefined && !/^[0-9a-fA-F:]+$/.test(id)) throw xmlError(at, `Invalid character in id '${id}' of network '${name}'`, NETWORK);
  if (hostName !== undefined && !/^[A-Za-z0-9]/.test(hostName))
    throw xmlError(at, `Cannot use host name '${hostName}' in network '${name}'`, NETWORK);
}
