import type { DomainDef } from '@virtbus/libvirt-xml';
import { contextOf } from './build-argv.js';
import { placed } from './context.js';
import { networkCard, type NetworkCard } from './devices/interface.js';
import type { ArgvHost } from './host/argv-host.js';
import { unprepared } from './refusal.js';

/**
 * A network card of a domain as the monitor's commands take it: `chardev-add`, `netdev_add`, `device_add`. The same description makes the
 * options of a start.
 * @param domain prepared, with the card among its interfaces and an address for it
 * @throws LibvirtError 67 with the element's path for what QEMU cannot do
 */
export function hotplugInterface(domain: DomainDef, host: ArgvHost, alias: string): NetworkCard {
  const found = placed('interface', domain.devices.interface).find(({ device }) => device.alias?.name === alias);
  if (!found) throw unprepared('/domain/devices/interface', 'the alias');
  return networkCard(contextOf(domain, host), found.device, found.at);
}
