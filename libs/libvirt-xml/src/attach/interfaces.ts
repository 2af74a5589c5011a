import type { DevicesDef } from '../devices/devices.js';
import type { NetDef } from '../devices/interface/interface.js';
import { parseInterface } from '../documents.js';
import type { DeviceEditor } from './change-devices.js';
import { findInterface } from './match-interface.js';

const withInterfaces = (devices: DevicesDef, list: readonly NetDef[]): DevicesDef => ({ ...devices, interface: list });

/** Interfaces of a definition. An update replaces the element; what says which device it is stays when it is left out. */
export const interfaces: DeviceEditor = {
  attach: (devices, xml) => withInterfaces(devices, [...devices.interface, parseInterface(xml)]),

  detach(devices, xml) {
    const at = findInterface(devices.interface, parseInterface(xml));
    return withInterfaces(devices, devices.interface.toSpliced(at, 1));
  },

  update(devices, xml) {
    const given = parseInterface(xml);
    const at = findInterface(devices.interface, given);
    return withInterfaces(devices, devices.interface.toSpliced(at, 1, { ...kept(devices.interface[at]), ...given }));
  },

  detachAlias(devices, alias) {
    const at = devices.interface.findIndex((net) => net.alias?.name === alias);
    return at < 0 ? undefined : withInterfaces(devices, devices.interface.toSpliced(at, 1));
  },
};

function kept(before: NetDef | undefined): Partial<Pick<NetDef, 'mac' | 'alias' | 'address' | 'boot'>> {
  if (!before) return {};
  const { mac, alias, address, boot } = before;
  return { ...(mac && { mac }), ...(alias && { alias }), ...(address && { address }), ...(boot && { boot }) };
}
