import type { DomainState, DomainTaint } from '@virtbus/contracts';
import type { HotplugKind } from '@virtbus/qemu-argv';
import { pluggedOf, type InterfaceRecord } from './interface-record.js';

export interface DeviceUnderway {
  readonly kind: HotplugKind;
  readonly alias: string;
  readonly stage: 'plugging' | 'unplugging';
  /** The command that is plugging it. */
  readonly by: string;
}

/**
 * What the agent keeps on local disk about a domain that it holds: enough to find the guest again, to say what it is, and to
 * take it away, without the bus. Written before anything outlives this process that was made for it, before QEMU is spawned and whenever
 * something changes; removed when nothing is left.
 */
export interface DomainEntry {
  readonly format: 1;
  readonly uuid: string;
  readonly name: string;
  readonly epoch: number;
  /** The number that virsh shows. */
  readonly id: number;
  readonly persistent: boolean;
  /** The command that started it. */
  readonly commandId: string;
  /** The live definition: aliases, tap names, actual connections. */
  readonly xml: string;
  readonly state: DomainState['state'];
  readonly reason: string;
  readonly since: string;
  /** Its processors stay stopped until somebody resumes it. */
  readonly startPaused: boolean;
  readonly interfaces: readonly InterfaceRecord[];
  /** Absent until QEMU has been spawned; the pid file knows it earlier. */
  readonly process?: { readonly pid: number; readonly startTime: number };
  /** The last commands that have changed its devices. */
  readonly settled?: readonly string[];
  /** Devices beside interfaces that are on their way in or out; an agent that finds one asks QEMU how far it had come. */
  readonly underway?: readonly DeviceUnderway[];
  readonly taints?: readonly DomainTaint[];
  /** Serial devices that can be connected to, by alias. */
  readonly consoles: Readonly<Record<string, string>>;
}

export function stateOf(entry: DomainEntry, hostId: string): DomainState {
  const { uuid, name, epoch, id, state, reason, since, xml, interfaces, process, taints } = entry;
  return {
    uuid,
    name,
    hostId,
    epoch,
    state,
    reason,
    since,
    id,
    ...(process ? { pid: process.pid } : {}),
    xml,
    interfaces: interfaces.map(pluggedOf),
    ...(taints ? { taints: [...taints] } : {}),
  };
}

/** The same domain, whose QEMU this is. */
export const withProcess = (entry: DomainEntry, { pid, startTime }: NonNullable<DomainEntry['process']>): DomainEntry => ({
  ...entry,
  process: { pid, startTime },
});

/** The same domain, tainted so as well. */
export const tainted = (entry: DomainEntry, taint: DomainTaint): DomainEntry => ({
  ...entry,
  taints: [...new Set([...(entry.taints ?? []), taint])].toSorted((a, b) => (a < b ? -1 : 1)),
});

/** The same domain once nothing of it is left. */
export function endedState(
  entry: DomainEntry,
  hostId: string,
  end: { readonly reason: string; readonly since: string; readonly error?: string },
): DomainState {
  const { uuid, name, epoch } = entry;
  const { reason, since, error } = end;
  return { uuid, name, hostId, epoch, state: 'shutoff', reason, since, interfaces: [], ...(error === undefined ? {} : { error }) };
}
