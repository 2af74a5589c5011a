import { Failure } from './failure.js';

/** virsh's flags for what a change of a device reaches. */
export const configOption = { kind: 'flag', about: 'affect next boot' } as const;
export const liveOption = { kind: 'flag', about: 'affect running domain' } as const;
export const currentOption = { kind: 'flag', about: 'affect current domain' } as const;
export const persistentOption = { kind: 'flag', about: 'make live change persistent' } as const;

export const scopeOptions = { persistent: persistentOption, config: configOption, live: liveOption, current: currentOption } as const;

export interface ScopeFlags {
  readonly persistent?: boolean;
  readonly config: boolean;
  readonly live: boolean;
  readonly current: boolean;
}

export interface Scope {
  readonly live?: boolean;
  readonly config?: boolean;
}

/**
 * What the fleet is asked to change. `otherwise` is what no flag at all means: attach and detach are of the running domain.
 * @throws Failure for flags that do not go together
 */
export function scopeOf(flags: ScopeFlags, active: boolean, otherwise: Scope = { live: true }): Scope {
  refuseTogether(flags);
  if (flags.current) return {};
  const persistent = flags.persistent ?? false;
  const scope = { live: flags.live || (persistent && active), config: flags.config || persistent };
  return scope.live || scope.config ? scope : otherwise;
}

function refuseTogether({ persistent = false, config, live, current }: ScopeFlags): void {
  if (!current) return;
  const other = Object.entries({ live, config, persistent }).find(([, given]) => given)?.[0];
  if (other === 'persistent') throw new Failure(['Options --persistent and --current are mutually exclusive'], 'usage');
  if (other !== undefined) throw new Failure([`Options --current and --${other} are mutually exclusive`], 'usage');
}
