import { noDeviceWithAlias, Refusal } from '@virtbus/contracts';
import { deviceKindOf, type DeviceChange, type DeviceKind as KindName } from '@virtbus/libvirt-xml';
import { deviceKinds } from './device-kinds.js';
import type { Guest } from './guest.js';
import { libvirtName, noUpdate } from './plain-device.js';
import { wasDone } from './settled.js';

export interface WantedChange {
  readonly change: DeviceChange;
  readonly xml?: string;
  readonly alias?: string;
}

/** Changes a device of a running guest; finds its own work when the command comes again. @throws as `DeviceKind` does */
export async function changeDevice(guest: Guest, { change, xml, alias }: WantedChange, by: string): Promise<void> {
  if (wasDone(guest.entry, by)) return;
  if (xml === undefined) return detachAlias(guest, alias ?? '', by);
  const name = deviceKindOf(xml);
  const kind = deviceKinds[name];
  if (!kind) throw notPlugged(change, name);
  await kind[change](guest, xml, by);
}

function notPlugged(change: DeviceChange, name: KindName): Refusal {
  if (change === 'update') return noUpdate(name);
  return new Refusal('operation_unsupported', `Operation not supported: live ${change} of device '${libvirtName(name)}' is not supported`);
}

async function detachAlias(guest: Guest, alias: string, by: string): Promise<void> {
  const kind = Object.values(deviceKinds).find((each) => each.has(guest, alias));
  if (!kind) throw noDeviceWithAlias(alias);
  await kind.detachAlias(guest, alias, by);
}

/** QEMU has told of a device that nobody waits for. */
export async function deviceWent(guest: Guest, alias: string, outcome: 'deleted' | 'rejected'): Promise<void> {
  const kind = Object.values(deviceKinds).find((each) => each.has(guest, alias));
  if (outcome === 'deleted') await kind?.removed(guest, alias);
  else await kind?.rejected(guest, alias);
}

/** After a restart of the agent: what was half done is finished or taken back, and what went meanwhile is taken away. */
export async function recoverDevices(guest: Guest): Promise<void> {
  const present = new Set((await guest.monitor.execute('qom-list', { path: '/machine/peripheral' })).map(({ name }) => name));
  for (const kind of Object.values(deviceKinds)) await kind.recover(guest, present);
}
