/** What `vcpupin` and `emulatorpin` have in common: where threads of a domain run. */
import type { Scope } from './change-scope.js';
import { everyCpu, readCpuList } from './core/cpu-list.js';
import { lookAtDomain, type LookedAt, type LookRefusals } from './domain-looked-at.js';
import { Failure, failed } from './failure.js';
import { notRunning } from './read-stats.js';
import type { Context } from './context.js';

export const cpuListOption = {
  kind: 'text',
  about: "host cpu number(s) to set, such as 0-3,^2; 'r' for all; without it they are shown",
} as const;

/** The processors of the fleet, as `nodeinfo` counts them, and of each host. */
async function processors(context: Context): Promise<{ readonly all: number; readonly of: ReadonlyMap<string, number> }> {
  const { hosts } = await context.ask('listHosts', {}).catch((error: unknown) => {
    throw failed(undefined, error);
  });
  return { all: hosts.reduce((sum, { cpus }) => sum + cpus, 0), of: new Map(hosts.map(({ hostId, cpus }) => [hostId, cpus])) };
}

export interface Pinned extends LookedAt {
  /** Where what is pinned nowhere runs. */
  readonly everywhere: readonly number[];
}

/** Where a domain's threads run: of the guest while it runs, unless its definition is asked for. @throws Failure */
export async function pinned(context: Context, text: string, scope: Scope, refusals: LookRefusals = { notRunning }): Promise<Pinned> {
  const found = await lookAtDomain(context, text, scope, refusals);
  const { all, of } = await processors(context);
  const { hostId = '' } = found.domain;
  return { ...found, everywhere: everyCpu(of.get(hostId) ?? all) };
}

/** Without any flag it is the guest that runs: here virsh asks as it did before there were flags. */
export const pinReach = (reach: Scope, current: boolean): Scope => (reach.live || reach.config || current ? reach : { live: true });

/** The processors that are meant, as the fleet takes them. @throws Failure in virsh's words */
export async function cpusetOf(context: Context, text: string): Promise<string> {
  const reading = readCpuList(text, (await processors(context)).all);
  if (reading.type === 'refused') throw new Failure(reading.lines, 'usage');
  const { formatCpuset } = await import('@virtbus/libvirt-xml');
  return formatCpuset(reading.cpus);
}

/** As virsh shows a set. */
export async function shownCpus(given: string | undefined, { everywhere }: Pinned): Promise<string> {
  const { formatCpuset } = await import('@virtbus/libvirt-xml');
  return given ?? formatCpuset(everywhere);
}
