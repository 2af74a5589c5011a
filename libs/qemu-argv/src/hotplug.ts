import type { DomainDef } from '@virtbus/libvirt-xml';
import { contextOf } from './build-argv.js';
import { placed } from './context.js';
import { assignedCard } from './devices/hostdev.js';
import { isAssigned, networkCard, type NetworkCard } from './devices/interface.js';
import type { ArgvHost } from './host/argv-host.js';
import { unprepared } from './refusal.js';

/** A card that is a device of the host has no connection behind it. */
export type HotplugCard = Pick<NetworkCard, 'device'> & Partial<NetworkCard>;

/**
 * A network card of a domain as the monitor's commands take it: `chardev-add`, `add-fd`, `netdev_add`, `device_add`. The same description makes the
 * options of a start.
 * @param domain prepared, with the card among its interfaces and an address for it
 * @throws LibvirtError 67 with the element's path for what QEMU cannot do
 */
export function hotplugInterface(domain: DomainDef, host: ArgvHost, alias: string): HotplugCard {
  const found = placed('interface', domain.devices.interface).find(({ device }) => device.alias?.name === alias);
  if (!found) throw unprepared('/domain/devices/interface', 'the alias');
  const context = contextOf(domain, host);
  const { device: net, at } = found;
  return isAssigned(context, net, at) ? { device: assignedCard(context, net, at) } : networkCard(context, net, at);
}
