import type { Role } from './identity.js';

/** What a resource asks of whoever calls it. */
export interface ResourceRow {
  /** For questions. */
  readonly ask: Role;
  /** For commands. */
  readonly order: Role;
  /** Objects belong to projects; those of other resources are the fleet's. */
  readonly owned: boolean;
  /** Objects without a project may be read by everyone: who is to plug into a network must see it. */
  readonly shared?: boolean;
  /** The kind of object that these are made in: whoever sees one of those may make them there, and delete its own. */
  readonly within?: string;
  /** Verbs that ask more, or less, than the others. */
  readonly verbs?: Readonly<Record<string, Role>>;
}

/**
 * Role by resource: the word after `req` or `cmd` in a contract's subject, and the verb behind it. A contract that is added is under
 * its resource's rule; a resource without a row is the administrators'.
 */
export const callsTable: Readonly<Record<string, ResourceRow>> = {
  domain: {
    ask: 'viewer',
    order: 'operator',
    owned: true,
    verbs: {
      console: 'operator',
      graphics: 'operator',
      screenshot: 'operator',
      sendkey: 'operator',
      secrets: 'operator',
      monitor: 'administrator',
      // Any command that the client likes; those that libvirt has a call for are `guestagent`.
      agent: 'administrator',
      guestagent: 'operator',
      migrate: 'administrator',
      // Where on its host a guest runs: a tenant's definition may not say it either.
      pinthread: 'administrator',
      // What services ask on the way of a change of devices: a change that is no command.
      revisedevice: 'administrator',
    },
  },
  network: {
    ask: 'viewer',
    order: 'operator',
    owned: true,
    shared: true,
    // What a service asks of a host on the way of a change.
    verbs: { ensure: 'administrator' },
  },
  nwfilter: { ask: 'viewer', order: 'administrator', owned: false },
  // Links of hosts are the fleet's: who is bound to a project changes none.
  binding: { ask: 'viewer', order: 'operator', owned: false, verbs: { make: 'operator', remove: 'operator' } },
  pool: {
    ask: 'viewer',
    order: 'administrator',
    owned: true,
    shared: true,
    verbs: { refresh: 'operator', look: 'operator', build: 'administrator', remove: 'administrator' },
  },
  volume: {
    ask: 'viewer',
    order: 'operator',
    owned: true,
    shared: true,
    verbs: { make: 'operator', remove: 'operator', resize: 'operator', wipe: 'operator', upload: 'operator', download: 'operator' },
  },
  secret: { ask: 'operator', order: 'operator', owned: true, verbs: { value: 'administrator' } },
  host: { ask: 'viewer', order: 'administrator', owned: false },
  token: { ask: 'administrator', order: 'administrator', owned: false },
  fleet: { ask: 'viewer', order: 'administrator', owned: false },
  operation: { ask: 'viewer', order: 'administrator', owned: false },
  event: { ask: 'viewer', order: 'administrator', owned: false },
  port: {
    ask: 'viewer',
    order: 'operator',
    owned: true,
    within: 'network',
    verbs: { allocate: 'administrator', release: 'administrator' },
  },
};
