/** What belongs to a project, or to none: then it is the fleet's own. */
export interface OwnedBy {
  readonly project?: string | undefined;
}

/**
 * Whether there is an object for whoever belongs to these projects: their own, and the fleet's own where everybody shares that. The one
 * rule for callers, of whom the access table says what is shared, and for domains, whose networks are.
 */
export function isSeenFrom(projects: 'all' | readonly string[], { project }: OwnedBy, shared: boolean): boolean {
  if (projects === 'all') return true;
  return project === undefined ? shared : projects.includes(project);
}
