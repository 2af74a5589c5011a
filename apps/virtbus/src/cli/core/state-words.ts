import { own } from './own.js';
import type { DomainStateName } from '@virtbus/contracts';

/** virsh's words for the states. */
const STATES: Readonly<Record<DomainStateName, string>> = {
  nostate: 'no state',
  running: 'running',
  blocked: 'idle',
  paused: 'paused',
  shutdown: 'in shutdown',
  shutoff: 'shut off',
  crashed: 'crashed',
  pmsuspended: 'pmsuspended',
};

/** Where virsh's word for a reason is not simply the reason's name. */
const REASONS: Readonly<Record<string, string>> = {
  'from-snapshot': 'from snapshot',
  'migration-canceled': 'migration canceled',
  'save-canceled': 'save canceled',
  wakeup: 'event wakeup',
  'post-copy-failed': 'post-copy failed',
  migration: 'migrating',
  save: 'saving',
  dump: 'dumping',
  ioerror: 'I/O error',
  'shutting-down': 'shutting down',
  snapshot: 'creating snapshot',
  'starting-up': 'starting up',
};

export const stateWords = (state: DomainStateName): string => STATES[state];
export const reasonWords = (reason: string): string => own(REASONS, reason) ?? reason;
