import { Refusal } from '@virtbus/contracts';

/** @param expected what the caller has seen; undefined when it does not care. @throws Refusal revision_conflict */
export function mustBeAt(expected: number | undefined, held: { readonly revision: number } | undefined): void {
  const revision = held?.revision ?? 0;
  if (expected === undefined || expected === revision) return;
  throw new Refusal('revision_conflict', `the object is at revision ${revision}, not ${expected}: read it again, then decide again`);
}
