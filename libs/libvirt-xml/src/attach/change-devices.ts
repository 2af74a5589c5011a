/** The devices of a definition with one more, one less or one different: what attach, detach and update mean for a domain that is off. */
import type { DevicesDef } from '../devices/devices.js';
import type { DomainDef } from '../domain/domain.js';
import { LibvirtError } from '../errors/libvirt-error.js';
import { deviceKindOf, type DeviceKind } from './device-kind.js';
import { interfaces } from './interfaces.js';
import { plainDevices } from './plain-devices.js';

export type DeviceChange = 'attach' | 'detach' | 'update';

/** How one kind of device is changed. Every function throws LibvirtError, and answers the devices as they then are. */
export interface DeviceEditor {
  readonly attach: (devices: DevicesDef, xml: string) => DevicesDef;
  readonly detach: (devices: DevicesDef, xml: string) => DevicesDef;
  /** Absent for kinds of which libvirt changes nothing. */
  readonly update?: (devices: DevicesDef, xml: string) => DevicesDef;
  /** Undefined when no device of this kind has the alias. */
  readonly detachAlias: (devices: DevicesDef, alias: string) => DevicesDef | undefined;
}

/** Kinds of devices that can be changed. */
const editors: Partial<Readonly<Record<DeviceKind, DeviceEditor>>> = { interface: interfaces, ...plainDevices };

/**
 * A definition as it is after a change, not yet filled in.
 * @throws LibvirtError 84 for a kind that cannot be changed, 99 for a device that is not there, and what reading the XML finds
 */
export function changeDevices(domain: DomainDef, change: DeviceChange, xml: string): DomainDef {
  const kind = deviceKindOf(xml);
  const editor = editors[kind];
  const edit = editor?.[change];
  if (!edit) throw new LibvirtError('OPERATION_UNSUPPORTED', `persistent ${change} of device '${kind}' is not supported`, { domain: 20 });
  return { ...domain, devices: edit(domain.devices, xml) };
}

/** The same for a device that is known by its alias; undefined when there is none. */
export function detachByAlias(domain: DomainDef, alias: string): DomainDef | undefined {
  for (const editor of Object.values(editors)) {
    const devices = editor.detachAlias(domain.devices, alias);
    if (devices) return { ...domain, devices };
  }
  return undefined;
}
