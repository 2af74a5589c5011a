import { attr } from '../model/field.js';
import { element } from '../model/element.js';
import { oneOf, uint } from '../model/scalar.js';
import { fault, unsupported, xmlError, type Place } from '../model/place.js';
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
export const route = (owner: (at: Place) => string) =>
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
        checkRoute(value, at, owner(at));
        return value;
      },
    },
  );

/** The address family that is meant when none is written. */
export const impliedFamily = (route: { readonly family?: 'ipv4' | 'ipv6' }): 'ipv4' | 'ipv6' => route.family ?? 'ipv4';

function checkRoute(value: Route, at: Place, owner: string): void {
  const wanted = impliedFamily(value);
  for (const [what, given] of [
    ['network', value.address],
    ['gateway', value.gateway],
  ] as const) {
    if (parseIp(given)?.family === wanted) continue;
    if (value.family === undefined)
      throw unsupported(at, `no family specified for non-IPv4 ${what} address '${given}' in route definition of ${owner}`);
    throw unsupported(
      at,
      `family '${wanted}' specified for a ${what} address of another family '${given}' in route definition of ${owner}`,
    );
  }
  checkMask(value, at, owner);
}

function checkMask({ netmask, prefix, ...value }: Route, at: Place, owner: string): void {
  const wanted = impliedFamily(value);
  if (netmask !== undefined && wanted === 'ipv6')
    throw unsupported(at, `netmask not allowed for IPv6 address in route definition of ${owner}`);
  if (netmask !== undefined && prefix !== undefined)
    throw xmlError(at, `${owner}: Route definition cannot have both a prefix and a netmask`, 0);
  if (prefix !== undefined && prefix > (wanted === 'ipv6' ? 128 : 32))
    throw unsupported(at, `Invalid prefix ${prefix} specified in route definition of ${owner}`);
  checkNetworkAddress({ netmask, prefix, ...value }, at, owner);
  const mask = netmask === undefined ? undefined : parseIp(netmask);
  if (mask && prefixOfNetmask(mask) === undefined)
    throw fault(at, 'XML_ERROR', `Invalid netmask '${netmask}' in route definition of ${owner}`);
}

function checkNetworkAddress({ address, netmask, prefix }: Pick<Route, 'address'> & Masks, at: Place, owner: string): void {
  const [parsed, mask] = [parseIp(address), netmask === undefined ? undefined : parseIp(netmask)];
  const bits = mask ? prefixOfNetmask(mask) : (prefix ?? 0);
  const exact = parsed && bits !== undefined && networkOf(parsed, bits).bits === parsed.bits;
  if (!exact) throw xmlError(at, `${owner}: Address '${address}' in route definition is not a network address`, 0);
}

interface Masks {
  readonly netmask: string | undefined;
  readonly prefix: number | undefined;
}
