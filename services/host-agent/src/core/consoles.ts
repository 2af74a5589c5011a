import type { DomainDef } from '@virtbus/libvirt-xml';

/** The sockets of the serial devices and consoles that can be connected to, by alias. A device of type pty is one. */
export function consolesOf({ devices }: DomainDef, directory: string): Record<string, string> {
  const ends = [...devices.serial, ...devices.console].filter((device) => device.type === 'pty');
  return Object.fromEntries(ends.flatMap(({ alias }) => (alias ? [[alias.name, `${directory}/${alias.name}.sock`]] : [])));
}
