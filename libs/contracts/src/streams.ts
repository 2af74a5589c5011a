/** The streams. A subject belongs to exactly one of them, or to none when it is a request. */
export interface StreamShape {
  readonly name: string;
  readonly subjects: readonly string[];
  /** `workqueue`: a message goes once it is acknowledged. `limits`: it stays until it is old. */
  readonly retention: 'workqueue' | 'limits';
  readonly maxAgeMs: number;
  readonly maxBytes: number;
  /** A second message with the same id within this window is not stored. */
  readonly duplicateWindowMs: number;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const MiB = 1024 * 1024;

export const streams = {
  commands: {
    name: 'VIRTBUS_COMMANDS',
    subjects: ['virtbus.v1.cmd.>'],
    retention: 'workqueue',
    maxAgeMs: 7 * DAY,
    maxBytes: 512 * MiB,
    duplicateWindowMs: 10 * MINUTE,
  },
  hosts: {
    name: 'VIRTBUS_HOSTS',
    subjects: ['virtbus.v1.host.*.cmd.>'],
    retention: 'workqueue',
    maxAgeMs: 7 * DAY,
    maxBytes: 512 * MiB,
    duplicateWindowMs: 10 * MINUTE,
  },
  events: {
    name: 'VIRTBUS_EVENTS',
    subjects: ['virtbus.v1.evt.>'],
    retention: 'limits',
    maxAgeMs: 7 * DAY,
    maxBytes: 1024 * MiB,
    duplicateWindowMs: 10 * MINUTE,
  },
  deadLetters: {
    name: 'VIRTBUS_DEAD_LETTERS',
    subjects: ['virtbus.v1.dead.>'],
    retention: 'limits',
    maxAgeMs: 30 * DAY,
    maxBytes: 256 * MiB,
    duplicateWindowMs: 10 * MINUTE,
  },
} as const satisfies Record<string, StreamShape>;
