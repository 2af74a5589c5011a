import { LibvirtError } from '../errors/libvirt-error.js';
import type { NetDef } from '../devices/interface/interface.js';

/** By what the interface of a detach or update is known among those of a domain: nothing else takes part. */
export type InterfaceMark = Pick<NetDef, 'mac' | 'address' | 'alias'>;

/**
 * The place in the list of the one interface that has all the marks given.
 * @throws LibvirtError 99 when there is none, 9 when there are several
 */
export function findInterface(interfaces: readonly NetDef[], mark: InterfaceMark): number {
  const found = interfaces.flatMap((net, index) => (hasMarks(net, mark) ? [index] : []));
  const [only, second] = found;
  if (only === undefined) throw new LibvirtError('DEVICE_MISSING', `no device found ${missingWords(mark)}`, { domain: 20 });
  if (second !== undefined) throw new LibvirtError('OPERATION_FAILED', `multiple devices matching ${wordsOf(mark)} found`, { domain: 20 });
  return only;
}

const hasMarks = (net: NetDef, { mac, address, alias }: InterfaceMark): boolean =>
  (mac === undefined || mac.address.toLowerCase() === net.mac?.address.toLowerCase()) &&
  (address?.type !== 'pci' || isSamePlace(address, net.address)) &&
  (alias === undefined || alias.name === net.alias?.name);

type Address = NonNullable<NetDef['address']>;

function isSamePlace(wanted: Address & { readonly type: 'pci' }, address: Address | undefined): boolean {
  if (address?.type !== 'pci') return false;
  const { domain, bus, slot } = wanted;
  return domain === address.domain && bus === address.bus && slot === address.slot && wanted.function === address.function;
}

/** libvirt 9.0 names all three marks, whether they were given or not. */
function missingWords({ mac, address, alias }: InterfaceMark): string {
  const place = address?.type === 'pci' ? pciText(address) : NOT_GIVEN;
  return `at address '${place}' matching MAC address '${mac?.address ?? NOT_GIVEN}' and alias '${alias?.name ?? NOT_GIVEN}'`;
}

const NOT_GIVEN = '(<null>)';

function wordsOf({ mac, address, alias }: InterfaceMark): string {
  const words = [
    ...(mac ? [`MAC address ${mac.address}`] : []),
    ...(alias ? [`alias ${alias.name}`] : []),
    ...(address?.type === 'pci' ? [`PCI address ${pciText(address)}`] : []),
  ];
  return words.length === 0 ? 'any interface' : words.join(' and ');
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

const pciText = ({ domain, bus, slot, function: number }: Address & { readonly type: 'pci' }): string =>
  `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${number}`;
