import { attr, child } from '../model/field.js';
import { element, type FieldsValue } from '../model/element.js';
import { oneOf, text, uint, yesNo } from '../model/scalar.js';
import { unsupported, xmlError, type Place } from '../model/place.js';
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
    checkFamily(value, at);
    checkMask(value, at);
    if (value.tftp && familyOf(value) === 'ipv6')
      throw unsupported(at, `Unsupported <tftp> element in an IPv6 element in network '${networkName(at)}'`, NETWORK);
    if (value.dhcp) checkDhcp(value.dhcp, value, at);
    return value;
  },
});

/** The family of an address that has been checked. */
export const familyOf = ({ address }: { readonly address: string }): 'ipv4' | 'ipv6' => parseIp(address)?.family ?? 'ipv4';

function checkFamily({ family, address }: NetworkIp, at: Place): void {
  const actual = familyOf({ address });
  const name = networkName(at);
  if (family === undefined && actual === 'ipv6')
    throw unsupported(at, `no family specified for non-IPv4 address '${address}' in network '${name}'`, NETWORK);
  if (family !== undefined && family !== actual)
    throw unsupported(at, `family '${family}' specified for an address of another family '${address}' in network '${name}'`, NETWORK);
}

function checkMask({ address, netmask, prefix }: NetworkIp, at: Place): void {
  const family = familyOf({ address });
  const name = networkName(at);
  const mask = netmask === undefined ? undefined : parseIp(netmask);
  if (mask && family === 'ipv6') throw unsupported(at, `netmask not allowed for IPv6 address '${address}' in network '${name}'`, NETWORK);
  if (mask && prefix !== undefined)
    throw unsupported(at, `network '${name}' cannot have both prefix='${prefix}' and netmask='${netmask}'`, NETWORK);
  if (mask && mask.family !== family) {
    throw xmlError(at, `netmask '${netmask}' of network '${name}' is no valid mask for '${address}'`, NETWORK);
  }
  if (prefix !== undefined && prefix > (family === 'ipv6' ? 128 : 32))
    throw unsupported(at, `Invalid prefix ${prefix} in network '${name}'`, NETWORK);
}
