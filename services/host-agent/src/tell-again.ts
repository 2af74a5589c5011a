import type { DomainRunner } from './domain.runner.js';
import type { HostLog } from './ports.js';

/** Says of every guest what it is, to a bus that has lost what was said: what nobody knows to run would be started a second time. */
export async function tellAgain(runner: Pick<DomainRunner, 'guests' | 'whileLive'>, log: HostLog): Promise<void> {
  const guests = runner.guests().map(({ entry }) => entry);
  log.warn(`the bus has lost what this host has told: its ${guests.length} guests are told of again`);
  const telling = guests.map(({ uuid, name }) =>
    runner
      .whileLive(uuid, (guest) => guest.amend((entry) => entry))
      .catch((error: unknown) => log.error(`domain '${name}' cannot be told of again`, error)),
  );
  await Promise.all(telling);
}
