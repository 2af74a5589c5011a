import { attr } from '../model/field.js';
import { element } from '../model/element.js';
import { oneOf, uint } from '../model/scalar.js';
import { forbid, type Ban } from '../model/ban.js';
import { unsupported, xmlError, type Place } from '../model/place.js';
import { ip, networkOf, parseIp, prefixOfNetmask } from '../formats/ip.js';

const family = oneOf('ipv4', 'ipv6');

interface Route {
  readonly family?: 'ipv4' | 'ipv6';
  readonly address: string;
  readonly netmask?: string;
  readonly prefix?: number;
  readonly gateway: string;
  readonly metric?: number;
}

/** A static route. `owner` names what it is part of in messages. */
export const staticRoute = (owner: (at: Place) => string) =>
  element(
    {
      family: attr(family, { invalid: (given, at) => unsupported(at, `Invalid family '${given}' in route definition of ${owner(at)}`) }),
      address: attr(ip, {
        required: (at) => xmlError(at, `Missing required address attribute in route definition of ${owner(at)}`),
        invalid: (given, at) => xmlError(at, `Bad network address '${given}' in route definition of ${owner(at)}`),
      }),
      netmask: attr(ip, { invalid: (given, at) => xmlError(at, `Bad netmask address '${given}' in route definition of ${owner(at)}`) }),
      prefix: attr(uint(), { invalid: (given, at) => xmlError(at, `Invalid prefix '${given}' in route definition of ${owner(at)}`) }),
      gateway: attr(ip, {
        required: (at) => xmlError(at, `Missing required gateway attribute in route definition of ${owner(at)}`),
        invalid: (given, at) => xmlError(at, `Bad gateway address '${given}' in route definition of ${owner(at)}`),
      }),
      metric: attr(uint({ min: 1 }), {
        invalid: (given, at) => xmlError(at, `Invalid metric '${given}' in route definition of ${owner(at)}`),
      }),
    },
    {
      refine: (value, at) => {
        forbid(bansOf(owner(at)), value, at);
        return value;
      },
    },
  );

/** The address family that is meant when none is written. */
const familyOf = ({ family: given = 'ipv4' }: Route): 'ipv4' | 'ipv6' => given;

const longest = { ipv4: 32, ipv6: 128 } as const;

function isNetworkAddress({ address, netmask, prefix = 0 }: Route): boolean {
  const parsed = parseIp(address);
  const bits = netmask === undefined ? prefix : prefixOf(netmask);
  return parsed !== undefined && bits !== undefined && networkOf(parsed, bits).bits === parsed.bits;
}

function prefixOf(netmask: string): number | undefined {
  const mask = parseIp(netmask);
  return mask && prefixOfNetmask(mask);
}

function wrongFamily(what: 'address' | 'gateway', owner: string): Ban<Route, Place> {
  const name = what === 'address' ? 'network' : what;
  return {
    when: (value) => parseIp(value[what])?.family !== familyOf(value),
    words: (value) =>
      value.family === undefined
        ? `no family specified for non-IPv4 ${name} address '${value[what]}' in route definition of ${owner}`
        : `family '${value.family}' specified for a ${name} address of another family '${value[what]}' in route definition of ${owner}`,
  };
}

const bansOf = (owner: string): readonly Ban<Route, Place>[] => [
  wrongFamily('address', owner),
  wrongFamily('gateway', owner),
  {
    when: (value) => value.netmask !== undefined && familyOf(value) === 'ipv6',
    words: `netmask not allowed for IPv6 address in route definition of ${owner}`,
  },
  {
    code: 'XML_ERROR',
    domain: 0,
    when: ({ netmask, prefix }) => netmask !== undefined && prefix !== undefined,
    words: `${owner}: Route definition cannot have both a prefix and a netmask`,
  },
  {
    when: (value) => (value.prefix ?? 0) > longest[familyOf(value)],
    words: ({ prefix }) => `Invalid prefix ${prefix} specified in route definition of ${owner}`,
  },
  {
    code: 'XML_ERROR',
    domain: 0,
    when: (value) => !isNetworkAddress(value),
    words: ({ address }) => `${owner}: Address '${address}' in route definition is not a network address`,
  },
];
