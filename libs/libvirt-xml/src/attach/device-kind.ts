import { deviceFields } from '../devices/devices.js';
import { LibvirtError } from '../errors/libvirt-error.js';
import { parseXml } from '../syntax/parse-xml.js';

/** The kinds of devices, by the name of their element. */
export type DeviceKind = Exclude<keyof typeof deviceFields, 'emulator' | 'redirfilter'>;

const isKind = (name: string): name is DeviceKind => name in deviceFields && name !== 'emulator' && name !== 'redirfilter';

/** What kind of device a document is. @throws LibvirtError 35 when it is not XML, 67 for an element that is no device */
export function deviceKindOf(xml: string): DeviceKind {
  const { name, line, column } = parseXml(xml, 'device_definition');
  if (isKind(name)) return name;
  throw new LibvirtError('CONFIG_UNSUPPORTED', `unknown device type '${name}'`, { domain: 20, path: `/${name}`, line, column });
}
