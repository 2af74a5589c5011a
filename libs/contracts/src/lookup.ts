import { isLibvirtUuid, isObjectName } from './validators.js';
import { tokenFromName } from './subject.js';

/** The part of a bucket that a look-up needs. */
interface Readable<K, P> {
  get(key: K): Promise<{ readonly value: P; readonly revision: number } | undefined>;
}

export interface Found<P> {
  readonly value: P;
  readonly revision: number;
}

/**
 * Finds an object by what a user typed: its UUID, else its name, as virsh does. A name that was claimed for an object which
 * never came to be, or which has another name by now, finds nothing.
 */
export async function findByReference<P extends { readonly uuid: string; readonly name: string }>(
  reference: string,
  records: Readable<{ uuid: string }, P>,
  names: Readable<{ name: string }, { readonly uuid: string }>,
): Promise<Found<P> | undefined> {
  if (isLibvirtUuid(reference)) {
    const found = await records.get({ uuid: reference.toLowerCase() });
    if (found) return found;
  }
  // Nothing is kept under what is no name.
  if (!isObjectName(reference)) return undefined;
  const claim = await names.get({ name: tokenFromName(reference) });
  if (!claim) return undefined;
  const found = await records.get({ uuid: claim.value.uuid });
  return found?.value.name === reference ? found : undefined;
}
