import { defined, type PluggedInterface, type PortKey } from '@virtbus/contracts';

/** What a connector keeps in the journal of what it has made, in words of its own. */
export type Made = Readonly<Record<string, string | number | boolean>>;

/** An interface of a domain as this host keeps it on disk: enough to take away, without the bus, whatever was made for it. */
export interface InterfaceRecord extends PluggedInterface {
  /** The connector that makes and removes it (interfaces/connectors.ts). */
  readonly connector: string;
  readonly made?: Made;
  /** Absent once it is plugged and until it is to go. An agent that finds one of these asks QEMU how far it had come. */
  readonly stage?: 'plugging' | 'unplugging';
  /** The command that is plugging it. */
  readonly by?: string;
}

/** What the fleet is told of it. */
export function pluggedOf(record: InterfaceRecord): PluggedInterface {
  const { alias, mac, type, model, target, source, port } = record;
  return { alias, mac, type, ...defined({ model, target, source, port }) };
}

export const portKeysOf = (interfaces: readonly Pick<PluggedInterface, 'port'>[]): PortKey[] =>
  interfaces.flatMap(({ port }) => (port ? [{ networkUuid: port.networkUuid, mac: port.mac }] : []));
