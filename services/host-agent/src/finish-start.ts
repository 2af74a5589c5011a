import { parseDomain } from '@virtbus/libvirt-xml';
import type { RunState } from '@virtbus/qmp';
import type { DomainEntry } from './core/domain-entry.js';
import { forget } from './dismantle.js';
import type { DomainWorld } from './domain-world.js';
import { connectionsOf } from './interfaces/connections-of.js';
import type { RunningQemu } from './qemu/qemu.js';
import { letRun } from './start-domain.js';

/** What became of a start that an agent which died has left between launch and cont. */
export type Finished = 'booted' | 'taken back' | 'runs';

/**
 * The start goes on where it was. One that cannot is taken back without a word, for its command comes again; unless the processors had
 * been let run before the agent died, for then there is a guest that is not to be harmed.
 */
export async function finishStart(entry: DomainEntry, qemu: RunningQemu, status: RunState, world: DomainWorld): Promise<Finished> {
  try {
    const connections = connectionsOf(entry, world.pathsOf(entry.uuid).directory);
    // This process has to know what it is to keep as it is: the rules of a filter that changes, a bridge that somebody took the tap off.
    for (const connection of connections) {
      const said = await world.interfaces.reconcile(connection, { active: !entry.startPaused });
      for (const sentence of said) world.log.warn(`domain '${entry.name}': ${sentence}`);
    }
    const definition = parseDomain(entry.xml, { flavour: 'live' });
    await letRun(qemu, { definition, entry, connections, interfaces: world.interfaces });
    return 'booted';
  } catch (error) {
    world.log.error(`domain '${entry.name}': its start was cut short and cannot go on`, error);
    if (status !== 'prelaunch') return 'runs';
    const { type } = await qemu.destroy({ termMs: 0 });
    if (type === 'stuck') return 'runs';
    await forget(entry, world);
    return 'taken back';
  }
}
