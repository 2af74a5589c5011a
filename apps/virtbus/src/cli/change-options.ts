import { Failure } from './failure.js';

/** virsh's flags for what a change reaches. */
export const changeOptions = {
  config: { kind: 'flag', about: 'affect the next start' },
  live: { kind: 'flag', about: 'affect the running domain' },
  current: { kind: 'flag', about: 'affect the running domain, or the next start when it does not run' },
} as const;

/** @throws Failure for --current beside another one */
export function reachOf({ config, live, current }: { readonly config: boolean; readonly live: boolean; readonly current: boolean }) {
  for (const [name, given] of Object.entries({ live, config })) {
    if (current && given) throw new Failure([`Options --current and --${name} are mutually exclusive`], 'usage');
  }
  return { ...(config ? { config } : {}), ...(live ? { live } : {}) };
}
