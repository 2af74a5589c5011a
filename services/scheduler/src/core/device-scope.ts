/** libvirt's flags: whether a change is of the running guest, of its definition, or of both. */
export interface DeviceScope {
  readonly live: boolean;
  readonly config: boolean;
}

export type ScopeAnswer = ({ readonly type: 'scope' } & DeviceScope) | { readonly type: 'refused'; readonly words: string };

/** With neither flag it is whichever the domain is running by. */
export function scopeOf(
  wish: { readonly live?: boolean | undefined; readonly config?: boolean | undefined },
  domain: { readonly active: boolean; readonly persistent: boolean },
): ScopeAnswer {
  const current = wish.live !== true && wish.config !== true;
  const scope = current ? { live: domain.active, config: !domain.active } : { live: wish.live === true, config: wish.config === true };
  if (scope.live && !domain.active) return { type: 'refused', words: 'domain is not running' };
  if (scope.config && !domain.persistent) return { type: 'refused', words: 'transient domains do not have any persistent config' };
  return { type: 'scope', ...scope };
}
