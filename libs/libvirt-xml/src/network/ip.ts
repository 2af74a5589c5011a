import { attr, child } from '../model/field.js';
import { element, type FieldsValue } from '../model/element.js';
import { oneOf, text, uint, yesNo } from '../model/scalar.js';
import { forbid, type Ban } from '../model/ban.js';
import { xmlError, type Place } from '../model/place.js';
import { ip as ipScalar, parseIp } from '../formats/ip.js';
import { checkDhcp, dhcp } from './dhcp.js';
import { NETWORK, networkName } from './network-name.js';

const fields = {
  family: attr(oneOf('ipv4', 'ipv6'), {
    invalid: (given, at) => xmlError(at, `Unrecognized family '${given}' in network '${networkName(at)}'`, NETWORK),
  }),
  address: attr(ipScalar, {
    required: (at) => xmlError(at, `Missing required address attribute in network '${networkName(at)}'`, NETWORK),
    invalid: (given, at) => xmlError(at, `Bad address '${given}' in definition of network '${networkName(at)}'`, NETWORK),
  }),
  netmask: attr(ipScalar, {
    invalid: (given, at) => xmlError(at, `Bad netmask '${given}' in definition of network '${networkName(at)}'`, NETWORK),
  }),
  prefix: attr(uint(), {
    invalid: (given, at) =>
      xmlError(at, `Invalid ULong value specified for prefix '${given}' in definition of network '${networkName(at)}'`, NETWORK),
  }),
  localPtr: attr(yesNo, {
    invalid: (given, at) => xmlError(at, `Invalid localPtr value '${given}' in network '${networkName(at)}'`, NETWORK),
  }),
  tftp: child(element({ root: attr(text) }, { emptyIsAbsent: true })),
  dhcp: child(dhcp),
};

export type NetworkIp = FieldsValue<typeof fields>;

/** An address of the network's bridge, and what is served on its subnet. */
export const ip = element(fields, {
  paired: true,
  refine: (value, at) => {
    forbid(bans, value, at, NETWORK);
    if (value.dhcp) checkDhcp(value.dhcp, value, at);
    return value;
  },
});

/** The family of an address that has been checked. */
export const familyOf = ({ address }: { readonly address: string }): 'ipv4' | 'ipv6' => parseIp(address)?.family ?? 'ipv4';

const longest = { ipv4: 32, ipv6: 128 } as const;

const bans: readonly Ban<NetworkIp, Place>[] = [
  {
    when: (value) => value.family === undefined && familyOf(value) === 'ipv6',
    words: ({ address }, at) => `no family specified for non-IPv4 address '${address}' in network '${networkName(at)}'`,
  },
  {
    when: (value) => value.family !== undefined && value.family !== familyOf(value),
    words: ({ family, address }, at) =>
      `family '${family}' specified for an address of another family '${address}' in network '${networkName(at)}'`,
  },
  {
    when: (value) => value.netmask !== undefined && familyOf(value) === 'ipv6',
    words: ({ address }, at) => `netmask not allowed for IPv6 address '${address}' in network '${networkName(at)}'`,
  },
  {
    when: ({ netmask, prefix }) => netmask !== undefined && prefix !== undefined,
    words: ({ netmask, prefix }, at) => `network '${networkName(at)}' cannot have both prefix='${prefix}' and netmask='${netmask}'`,
  },
  {
    code: 'XML_ERROR',
    when: (value) => value.netmask !== undefined && parseIp(value.netmask)?.family !== familyOf(value),
    words: ({ netmask, address }, at) => `netmask '${netmask}' of network '${networkName(at)}' is no valid mask for '${address}'`,
  },
  {
    when: (value) => (value.prefix ?? 0) > longest[familyOf(value)],
    words: ({ prefix }, at) => `Invalid prefix ${prefix} in network '${networkName(at)}'`,
  },
  {
    when: (value) => value.tftp !== undefined && familyOf(value) === 'ipv6',
    words: (_, at) => `Unsupported <tftp> element in an IPv6 element in network '${networkName(at)}'`,
  },
];
