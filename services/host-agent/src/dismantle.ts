import { setTimeout as sleep } from 'node:timers/promises';
import { endedState, type DomainEntry } from './core/domain-entry.js';
import { portKeysOf } from './core/interface-record.js';
import type { DomainWorld } from './domain-world.js';
import { passing } from './failpoints.js';
import { connectionsOf } from './interfaces/connections-of.js';
import { untilHeard } from './until-heard.js';

/** How long a command that ends a domain waits for netd to take the ports back; after that it goes on in the background. */
const RELEASE_WAIT_MS = 3_000;

/**
 * Takes away what a domain whose QEMU has ended left on this host. The journal says "shutoff" until the fleet knows: an agent that
 * dies in between begins again here.
 */
export async function dismantle(
  entry: DomainEntry,
  world: DomainWorld,
  end: { readonly detail: string; readonly error?: string },
): Promise<void> {
  const { uuid, name, epoch } = entry;
  passing('stop.ended');
  // An agent that dies without it finds the guest gone all the same, and only its end is another one.
  await world.journal.write(uuid, entry).catch((error: unknown) => world.log.error(`domain '${name}': its end cannot be written`, error));
  passing('stop.journalled');
  const { released } = await takeAway(entry, world);
  await Promise.race([released, sleep(RELEASE_WAIT_MS, undefined, { ref: false })]);
  passing('stop.released');
  const error = end.error === undefined ? {} : { error: end.error };
  await untilHeard(world, () =>
    world.reports.domainState(endedState(entry, world.hostId, { reason: entry.reason, since: entry.since, ...error })),
  );
  const happening = { uuid, name, detail: end.detail, at: world.now(), hostId: world.hostId, epoch, ...error };
  await untilHeard(world, () => world.reports.domainEvent('stopped', happening));
  await released;
  passing('stop.told');
  await world.journal.remove(uuid);
}

/** A start that never came to QEMU is taken back without a word: its command comes again. */
export async function forget(entry: DomainEntry, world: DomainWorld): Promise<void> {
  const { released } = await takeAway(entry, world);
  await released;
  await world.journal.remove(entry.uuid);
}

async function takeAway(entry: DomainEntry, world: DomainWorld): Promise<{ readonly released: Promise<unknown> }> {
  const { uuid, epoch } = entry;
  const { directory } = world.pathsOf(uuid);
  for (const connection of connectionsOf(entry, directory)) await world.interfaces.unplug(connection);
  passing('stop.unplugged');
  await world.removeDirectory(directory);
  const ports = portKeysOf(entry.interfaces);
  if (ports.length === 0) return { released: Promise.resolve() };
  return { released: untilHeard(world, () => world.ports.release({ domain: uuid, epoch, ports })) };
}
