import { expect, test } from 'vitest';
import type { DomainState, Placement } from '@virtbus/contracts';
import { withClaim, withoutClaim } from './claims.js';
import { decideStart, type StartDecision } from './start.js';

const uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const held: Placement = { uuid, epoch: 3, hostId: 'a', commandId: 'one' };
const free: Placement = { uuid, epoch: 3, commandId: 'one' };
const state = (epoch: number, name: DomainState['state']): DomainState => ({
  uuid,
  name: 'demo',
  hostId: 'a',
  epoch,
  state: name,
  reason: 'unknown',
  since: '2026-11-21T10:00:00Z',
  interfaces: [],
});

test.each<[string, string, Placement | undefined, DomainState | undefined, StartDecision]>([
  ['never placed', 'one', undefined, undefined, { type: 'place', epoch: 1 }],
  ['released', 'two', free, state(3, 'shutoff'), { type: 'place', epoch: 4 }],
  ['running', 'two', held, state(3, 'running'), { type: 'active' }],
  ['placed, its host yet silent', 'two', held, undefined, { type: 'active' }],
  ['placed anew, its old end still on record', 'two', held, state(2, 'shutoff'), { type: 'active' }],
  ['stopped, its release still under way', 'two', held, state(3, 'shutoff'), { type: 'place', epoch: 4 }],
  ['placed by this command, delivered again', 'one', held, undefined, { type: 'placed_before', placement: { ...held, hostId: 'a' } }],
  [
    'started by this command, delivered again',
    'one',
    held,
    state(3, 'running'),
    { type: 'placed_before', placement: { ...held, hostId: 'a' } },
  ],
  ['running, its placement lost', 'two', undefined, state(3, 'running'), { type: 'active' }],
  ['running, its placement older than its host says', 'two', { ...free, epoch: 2 }, state(3, 'paused'), { type: 'active' }],
  ['stopped, its placement lost', 'two', undefined, state(3, 'shutoff'), { type: 'place', epoch: 4 }],
  ['released by the failure of this very command', 'one', free, state(3, 'shutoff'), { type: 'place', epoch: 4 }],
])('start when %s', (_, commandId, placement, observed, expected) => {
  expect(decideStart({ commandId, placement, state: observed })).toEqual(expected);
});

test('claims are replaced per domain and taken away up to an epoch', () => {
  const claim = { uuid, epoch: 2, demand: { type: 'qemu', arch: 'x86_64', memoryMiB: 1, vcpus: 1 } } as const;
  const none = { hostId: 'a', claims: [] };
  const one = withClaim(none, claim);
  expect(withClaim(one, { ...claim, epoch: 3 }).claims).toEqual([{ ...claim, epoch: 3 }]);
  expect(withoutClaim(one, uuid, 1)).toBe(one);
  expect(withoutClaim(one, uuid, 2)).toEqual(none);
});
