import type { DomainDef } from '@virtbus/libvirt-xml';
import type { Argv } from './argv/options.js';
import type { ArgvHost } from './host/argv-host.js';
import { unprepared } from './refusal.js';

/** What every builder is given. */
export interface Context {
  readonly domain: DomainDef;
  readonly host: ArgvHost;
  /** Places in the boot order, by alias. */
  readonly bootIndex: ReadonlyMap<string, number>;
  /** PCI slots of which more than the first function is in use, as `bus:slot`. */
  readonly sharedSlots: ReadonlySet<string>;
  /** Numbers of descriptor sets (`-add-fd`), by what they hold. */
  readonly fdSets: ReadonlyMap<string, number>;
}

/** Builds one part of a command line. */
export type Builder = (context: Context) => Argv;

/** The devices of a kind with their paths in the document. */
export function placed<D>(kind: string, devices: readonly D[]): readonly { readonly device: D; readonly at: string }[] {
  return devices.map((device, index) => ({ device, at: `/domain/devices/${kind}${devices.length > 1 ? `[${index + 1}]` : ''}` }));
}

/** The arguments of every device of a kind, in order. */
export const each = <D>(kind: string, devices: readonly D[], build: (device: D, at: string) => Argv): Argv =>
  placed(kind, devices).flatMap(({ device, at }) => build(device, at));

interface Named {
  readonly alias?: { readonly name: string };
}

/** @throws LibvirtError (1) when the domain is not prepared. */
export function aliasOf(device: Named, at: string): string {
  if (!device.alias) throw unprepared(at, 'the alias');
  return device.alias.name;
}
