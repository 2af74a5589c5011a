import { formatDomain, insertDisk, type Device, type DomainDef } from '@virtbus/libvirt-xml';
import type { HotplugKind } from '@virtbus/qemu-argv';
import type { DeviceUnderway, DomainEntry } from '../core/domain-entry.js';
import { listOf, withAdded, type HotplugDevice } from './place-device.js';
import { liveDefinition } from '../operations/live-definition.js';

type Devices = DomainDef['devices'];

const withDevices = (entry: DomainEntry, change: (devices: Devices) => Devices): DomainEntry => {
  const live = liveDefinition(entry);
  const changed = withMemoryOf(live, change(live.devices));
  return { ...entry, xml: formatDomain(changed, { flavour: 'live' }) };
};

const pluggedKiB = ({ memory }: Devices): number => memory.reduce((sum, { target }) => sum + target.size, 0);

/** A guest's memory is what it has with its modules. What it uses follows it, unless its balloon is inflated. */
function withMemoryOf(live: DomainDef, devices: Devices): DomainDef {
  const before = live.memory?.value ?? 0;
  const value = before + pluggedKiB(devices) - pluggedKiB(live.devices);
  if (value === before) return { ...live, devices };
  const { currentMemory = before } = live;
  return {
    ...live,
    devices,
    memory: { ...live.memory, value },
    currentMemory: currentMemory === before ? value : Math.min(currentMemory, value),
  };
}

/** With a device that is new or, known by its alias, otherwise than before. */
export function withDevice(entry: DomainEntry, kind: HotplugKind, device: HotplugDevice): DomainEntry {
  const isIt = (one: HotplugDevice): boolean => one.alias?.name === device.alias?.name;
  return withDevices(entry, (devices) => {
    const list = listOf(devices, kind);
    if (list.some(isIt)) return { ...devices, [kind]: kind === 'watchdog' ? device : list.map((one) => (isIt(one) ? device : one)) };
    if (kind === 'disk') return { ...devices, disk: insertDisk(devices.disk, device as Device<'disk'>) };
    return withAdded(devices, kind, device);
  });
}

export const withoutDevice = (entry: DomainEntry, kind: HotplugKind, alias: string): DomainEntry =>
  withDevices(entry, (devices) => {
    if (kind !== 'watchdog') return { ...devices, [kind]: listOf(devices, kind).filter((one) => one.alias?.name !== alias) };
    const { watchdog: _, ...others } = devices;
    return others;
  });

/** The same with the device at another stage; without one: plugged, or gone. */
export function withStage(entry: DomainEntry, device: DeviceUnderway | Pick<DeviceUnderway, 'alias'>): DomainEntry {
  const { underway = [], ...rest } = entry;
  const left = [...underway.filter(({ alias }) => alias !== device.alias), ...('stage' in device ? [device] : [])];
  return left.length === 0 ? rest : { ...rest, underway: left };
}
