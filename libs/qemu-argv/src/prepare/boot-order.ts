import type { DomainDef } from '@virtbus/libvirt-xml';
import type { Devices } from '../domain-parts.js';

/**
 * Places in the boot order by alias. Orders given per device count; otherwise the kinds of `<os><boot>` each stand for the first device
 * of the kind. Without either there is no order.
 */
export function bootOrder({ os, devices }: DomainDef): ReadonlyMap<string, number> {
  const own = [...devices.disk, ...devices.interface, ...devices.hostdev, ...devices.redirdev, ...devices.filesystem];
  if (own.some((device) => device.boot)) return ordersOf(own);
  return new Map(
    os.boot.flatMap(({ dev }, index): [string, number][] => {
      const alias = firstOf[dev](devices);
      return alias === undefined ? [] : [[alias, index + 1]];
    }),
  );
}

interface Bootable {
  readonly boot?: { readonly order: number };
  readonly alias?: { readonly name: string };
}

const ordersOf = (devices: readonly Bootable[]): ReadonlyMap<string, number> =>
  new Map(devices.flatMap(({ boot, alias }): [string, number][] => (boot && alias ? [[alias.name, boot.order]] : [])));

type BootDevice = DomainDef['os']['boot'][number]['dev'];

const diskOf =
  (...kinds: readonly string[]) =>
  ({ disk }: Devices): string | undefined =>
    disk.find(({ device }) => kinds.includes(device))?.alias?.name;

const firstOf: Readonly<Record<BootDevice, (devices: Devices) => string | undefined>> = {
  fd: diskOf('floppy'),
  hd: diskOf('disk', 'lun'),
  cdrom: diskOf('cdrom'),
  network: (devices) => devices.interface[0]?.alias?.name,
};
