import type { OwnedBy } from '@virtbus/contracts';
import type { Kept } from './ports.js';

/**
 * Whether whoever defines for a project is told which object has a name, a use or a UUID that is taken: its own project's. That it is
 * taken cannot be hidden, since these are unique in the fleet. Who defines for no project sees all.
 */
export const isToldOf = (holder: OwnedBy | undefined, project: string | undefined): boolean =>
  project === undefined || holder?.project === project;

/** ` with uuid …`, for whom that is told. */
export async function withUuid(records: Pick<Kept<OwnedBy>, 'byUuid'>, holder: string, project: string | undefined): Promise<string> {
  return isToldOf((await records.byUuid(holder))?.value, project) ? ` with uuid ${holder}` : '';
}
