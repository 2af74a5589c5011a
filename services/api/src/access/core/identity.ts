/** Who asks, as far as what they may do hangs on it. Made from a credential, never from what a message says of itself. */

/** In rising order: each may do all that those before it may. */
export const roles = ['viewer', 'operator', 'administrator'] as const;
export type Role = (typeof roles)[number];

/** What of a host a definition may use beyond its own guest, each given by name. An administrator has them all. */
export const grants = ['hostdev', 'host-network', 'host-path', 'network-storage', 'host-tuning'] as const;
export type Grant = (typeof grants)[number];

export type Projects = 'all' | readonly string[];

export interface Identity {
  /** `local:root`, `token:ci`, `https://issuer.example alice`: what the audit shows. */
  readonly name: string;
  readonly role: Role;
  /** The projects whose objects it sees and changes; `all`: the fleet's own objects too. */
  readonly projects: Projects;
  readonly grants: readonly Grant[];
}

export const isRole = (value: unknown): value is Role => roles.some((role) => role === value);
export const isGrant = (value: unknown): value is Grant => grants.some((grant) => grant === value);

export const reaches = (role: Role, needed: Role): boolean => roles.indexOf(role) >= roles.indexOf(needed);

/** Whoever may read the sockets of this process's own user. */
export const localRoot: Identity = { name: 'local:root', role: 'administrator', projects: 'all', grants };

/** Whoever shows a credential that is refused, or is asked for none. */
export const nobody: Identity = { name: 'nobody', role: 'viewer', projects: [], grants: [] };

/** Its definitions are taken as they are: it could as well run QEMU itself. */
export const isTrusted = ({ role, projects }: Identity): boolean => role === 'administrator' && projects === 'all';

/** The project that a new object falls to when none is named: the identity's first, or none. */
export const homeProject = ({ projects }: Identity): string | undefined => (projects === 'all' ? undefined : projects[0]);
