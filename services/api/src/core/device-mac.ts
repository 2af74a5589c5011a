import { deviceKindOf, formatInterface, parseInterface } from '@virtbus/libvirt-xml';

/** A device's XML, which has a MAC address if it is an interface. What has one already stays as it was written. @throws LibvirtError */
export function withMac(xml: string, newMac: () => string): string {
  if (deviceKindOf(xml) !== 'interface' || parseInterface(xml).mac) return xml;
  return formatInterface(parseInterface(xml, { newMac }));
}
