import { defined, type AddressedInterface, type GuestAddress } from '@virtbus/contracts';
import { formatIp, parseIp } from '@virtbus/libvirt-xml';

/** More than any guest has; a guest says what it likes. */
const MOST = 256;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value.length <= 128 ? value : undefined);

/**
 * The answer to `guest-network-get-interfaces` (QEMU's qga/qapi-schema.json). It is the guest's own word: what is not of the right form is
 * left out, and there is an end to it. Aliases of an interface, `eth0:1`, are part of it, as libvirt has it.
 */
export function agentInterfaces(answer: unknown): AddressedInterface[] {
  const byName = new Map<string, AddressedInterface>();
  for (const { name, mac, addresses } of listIn(answer).flatMap((given) => interfaceIn(given) ?? [])) {
    const known = byName.get(name);
    const all = [...(known?.addresses ?? []), ...addresses].slice(0, MOST);
    byName.set(name, { name, ...defined({ mac: known?.mac ?? mac }), addresses: all });
  }
  return [...byName.values()];
}

const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value.slice(0, MOST) : []);

function interfaceIn(given: unknown): AddressedInterface | undefined {
  if (!isObject(given)) return undefined;
  const name = textOf(given['name'])?.split(':')[0] ?? '';
  if (name === '') return undefined;
  const addresses = listIn(given['ip-addresses']).flatMap((each) => addressIn(each) ?? []);
  return { name, ...defined({ mac: textOf(given['hardware-address']) }), addresses };
}

function addressIn(given: unknown): GuestAddress | undefined {
  if (!isObject(given)) return undefined;
  const { 'ip-address': address, 'ip-address-type': family, prefix } = given;
  if ((family !== 'ipv4' && family !== 'ipv6') || typeof address !== 'string' || !isPrefix(prefix)) return undefined;
  return isAddress(family, address) ? { family, address, prefix } : undefined;
}

const isPrefix = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 128;

/** `10.7` is an address to some, and to nobody who reads this. */
function isAddress(family: 'ipv4' | 'ipv6', text: string): boolean {
  const ip = parseIp(text);
  return ip?.family === family && (family === 'ipv6' || formatIp(ip) === text);
}
