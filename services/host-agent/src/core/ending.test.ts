import { expect, test } from 'vitest';
import { endingOf } from './ending.js';
import type { Happening } from './lifecycle.js';

const guest = { guest: true, reason: 'guest-shutdown' };
const host = { guest: false, reason: 'host-signal' };

test.each<[string, Parameters<typeof endingOf>[0], Happening]>([
  ['the guest powered off', { destroyed: false, shutdown: guest }, 'ended_shutdown'],
  ['somebody sent SIGTERM', { destroyed: false, shutdown: host }, 'ended_shutdown'],
  ['somebody sent SIGKILL', { destroyed: false }, 'ended_crashed'],
  ['it was destroyed', { destroyed: true, shutdown: host }, 'ended_destroyed'],
  ['it was destroyed by force', { destroyed: true }, 'ended_destroyed'],
])('%s', (_, end, expected) => expect(endingOf(end)).toBe(expected));
