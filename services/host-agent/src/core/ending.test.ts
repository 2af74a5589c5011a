import { expect, test } from 'vitest';
import { endingOf, type Ending } from './ending.js';

const guest = { guest: true, reason: 'guest-shutdown' };
const host = { guest: false, reason: 'host-signal' };

test.each<[string, Parameters<typeof endingOf>[0], Ending]>([
  ['the guest powered off', { destroyed: false, shutdown: guest }, { reason: 'shutdown', detail: 'shutdown', shutdown: 'guest' }],
  ['somebody sent SIGTERM', { destroyed: false, shutdown: host }, { reason: 'shutdown', detail: 'shutdown', shutdown: 'host' }],
  ['somebody sent SIGKILL', { destroyed: false }, { reason: 'crashed', detail: 'failed' }],
  ['it was destroyed', { destroyed: true, shutdown: host }, { reason: 'destroyed', detail: 'destroyed', shutdown: 'host' }],
  ['it was destroyed by force', { destroyed: true }, { reason: 'destroyed', detail: 'destroyed', shutdown: 'host' }],
  [
    'it was destroyed while powering off',
    { destroyed: true, shutdown: guest },
    { reason: 'destroyed', detail: 'destroyed', shutdown: 'host' },
  ],
])('%s', (_, end, expected) => expect(endingOf(end)).toEqual(expected));
