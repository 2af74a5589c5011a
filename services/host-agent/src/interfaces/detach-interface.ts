import { findInterface, parseInterface, type DomainDef, type InterfaceMark } from '@virtbus/libvirt-xml';
import { Refusal } from '@virtbus/contracts';
import type { Guest } from '../devices/guest.js';
import { letGo } from '../devices/let-go.js';
import { portKeysOf } from '../core/interface-record.js';
import { passing } from '../failpoints.js';
import { untilHeard } from '../until-heard.js';
import { connectionOnRecord, liveDefinition, withoutInterface, withStage } from './on-record.js';
import { removeNetdev } from './qemu-side.js';

/** @throws LibvirtError 99 and 9; Refusal operation_failed when the guest refuses; QmpError */
export async function detachInterface(guest: Guest, xml: string, by: string): Promise<void> {
  await detachMarked(guest, parseInterface(xml, { flavour: 'live' }), by);
}

export async function detachMarked(guest: Guest, mark: InterfaceMark, by: string): Promise<void> {
  const live = liveDefinition(guest.entry);
  const net = live.devices.interface[findInterface(live.devices.interface, mark)];
  const alias = net?.alias?.name ?? '';
  if (net) refuseNeighbours(live, net.address);
  await letGo(guest, { alias, by, staged: (entry, stage) => withStage(entry, alias, stage), finish: () => finishRemoval(guest, alias) });
}

/** The other functions of a slot would go with it. */
export function refuseNeighbours({ devices }: DomainDef, address: { readonly type: string } | undefined): void {
  if (!isPci(address)) return;
  const others = Object.values(devices)
    .flat()
    .filter((device) => isBeside(device, address));
  if (others.length === 0) return;
  throw new Refusal('operation_failed', 'operation failed: cannot hot unplug multifunction PCI device');
}

interface Pci {
  readonly type: 'pci';
  readonly domain?: number;
  readonly bus?: number;
  readonly slot?: number;
  readonly function?: number;
}

const isPci = (address: unknown): address is Pci =>
  typeof address === 'object' && address !== null && 'type' in address && address.type === 'pci';

function isBeside(device: unknown, { domain, bus, slot, function: number }: Pci): boolean {
  const other: unknown = typeof device === 'object' && device !== null && 'address' in device ? device.address : undefined;
  return isPci(other) && other.domain === domain && other.bus === bus && other.slot === slot && other.function !== number;
}

/** QEMU has let the card go: everything else of the interface follows. May be repeated. */
export async function finishRemoval(guest: Guest, alias: string): Promise<void> {
  const { world, monitor } = guest;
  const { uuid, epoch } = guest.entry;
  passing('detach.deleted');
  const connection = connectionOnRecord(guest.entry, alias, world.pathsOf(uuid).directory);
  if (!connection) return;
  // Before the netdev goes, and with it the tap's last descriptor.
  await world.interfaces.deactivate([connection]);
  passing('detach.deactivated');
  for (const refused of await removeNetdev(monitor, alias, 0)) world.log.warn(`domain '${guest.entry.name}': ${refused}`);
  passing('detach.netdev_deleted');
  await world.interfaces.unplug(connection);
  const ports = portKeysOf([connection]);
  if (ports.length > 0) await untilHeard(world, () => world.ports.release({ domain: uuid, epoch, ports }));
  passing('detach.released');
  await guest.record((entry) => withoutInterface(entry, alias));
  passing('detach.recorded');
  await guest.tell({ what: 'deviceremoved', alias });
}
