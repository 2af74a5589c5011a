import { Refusal } from '@virtbus/contracts';

/** What of a domain a change reaches. */
export interface Reach {
  readonly live: boolean;
  readonly config: boolean;
}

const invalid = (words: string): Refusal => new Refusal('operation_invalid', `Requested operation is not valid: ${words}`);

/**
 * From libvirt's flags to what is changed: without any, what runs when it runs, else the definition.
 * @throws Refusal operation_invalid for what the domain does not have
 */
export function reachOf(wanted: Partial<Reach>, domain: { readonly active: boolean; readonly persistent: boolean }): Reach {
  const { live = false, config = false } = wanted;
  if (live && !domain.active) throw invalid('domain is not running');
  if (config && !domain.persistent) throw invalid('transient domains do not have any persistent config');
  if (live || config) return { live, config };
  return { live: domain.active, config: !domain.active };
}
