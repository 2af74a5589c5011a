/** virDomainModificationImpact: what a change is to reach, or a question is about. */
export const impact = { live: 1, config: 2, both: 3 } as const;

/** As the contracts have it: without either, what runs when it runs, and else the definition. */
export const reachOf = (flags: number): { readonly live?: boolean; readonly config?: boolean } => ({
  ...((flags & impact.live) !== 0 ? { live: true } : {}),
  ...((flags & impact.config) !== 0 ? { config: true } : {}),
});
