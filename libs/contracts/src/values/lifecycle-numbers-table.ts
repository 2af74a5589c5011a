import type { DomainStateName } from './domain.js';

/**
 * libvirt's names and public numbers (enum virDomainState and its reasons, virDomainEventType and its details): they travel
 * unchanged to every libvirt client.
 */
export const stateNumbers = {
  nostate: { number: 0, reasons: { unknown: 0 } },
  running: {
    number: 1,
    reasons: {
      unknown: 0,
      booted: 1,
      migrated: 2,
      restored: 3,
      'from-snapshot': 4,
      unpaused: 5,
      'migration-canceled': 6,
      'save-canceled': 7,
      wakeup: 8,
      crashed: 9,
      'post-copy': 10,
      'post-copy-failed': 11,
    },
  },
  blocked: { number: 2, reasons: { unknown: 0 } },
  paused: {
    number: 3,
    reasons: {
      unknown: 0,
      user: 1,
      migration: 2,
      save: 3,
      dump: 4,
      ioerror: 5,
      watchdog: 6,
      'from-snapshot': 7,
      'shutting-down': 8,
      snapshot: 9,
      crashed: 10,
      'starting-up': 11,
      'post-copy': 12,
      'post-copy-failed': 13,
    },
  },
  shutdown: { number: 4, reasons: { unknown: 0, user: 1 } },
  shutoff: {
    number: 5,
    reasons: { unknown: 0, shutdown: 1, destroyed: 2, crashed: 3, migrated: 4, saved: 5, failed: 6, 'from-snapshot': 7, daemon: 8 },
  },
  crashed: { number: 6, reasons: { unknown: 0, panicked: 1 } },
  pmsuspended: { number: 7, reasons: { unknown: 0 } },
} as const satisfies Numbers<'reasons'>;

export const lifecycleNumbers = {
  defined: { number: 0, details: { added: 0, updated: 1, renamed: 2, 'from-snapshot': 3 } },
  undefined: { number: 1, details: { removed: 0, renamed: 1 } },
  started: { number: 2, details: { booted: 0, migrated: 1, restored: 2, 'from-snapshot': 3, wakeup: 4 } },
  suspended: {
    number: 3,
    details: {
      paused: 0,
      migrated: 1,
      ioerror: 2,
      watchdog: 3,
      restored: 4,
      'from-snapshot': 5,
      'api-error': 6,
      postcopy: 7,
      'postcopy-failed': 8,
    },
  },
  resumed: { number: 4, details: { unpaused: 0, migrated: 1, 'from-snapshot': 2, postcopy: 3, 'postcopy-failed': 4 } },
  stopped: { number: 5, details: { shutdown: 0, destroyed: 1, crashed: 2, migrated: 3, saved: 4, failed: 5, 'from-snapshot': 6 } },
  shutdown: { number: 6, details: { finished: 0, guest: 1, host: 2 } },
  pmsuspended: { number: 7, details: { memory: 0, disk: 1 } },
  crashed: { number: 8, details: { panicked: 0, crashloaded: 1 } },
} as const satisfies Numbers<'details'>;

type Numbers<Kind extends string> = Readonly<
  Record<string, { readonly number: number } & Readonly<Record<Kind, Readonly<Record<string, number>>>>>
>;

export type LifecycleEventName = keyof typeof lifecycleNumbers;

/** A state with a reason that it can have. */
export type DomainStatus = {
  readonly [State in DomainStateName]: { readonly state: State; readonly reason: keyof (typeof stateNumbers)[State]['reasons'] };
}[DomainStateName];

/** A lifecycle event with a detail that it can have. */
export type LifecycleEvent = {
  readonly [Name in LifecycleEventName]: { readonly event: Name; readonly detail: keyof (typeof lifecycleNumbers)[Name]['details'] };
}[LifecycleEventName];
