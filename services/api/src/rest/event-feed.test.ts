import { expect, test } from 'vitest';
import type { BusEvent } from '@virtbus/messaging';
import type { Caller } from '../access/index.js';
import { FleetMemory } from '../fleet.memory.js';
import { memoryViews } from '../rpc/private-fleet/memory-view.js';
import { domainRecord, uuidOf } from '../rpc/testing.js';
import { EventFeed } from './event-feed.js';

const views = memoryViews();
views.domains.put({ uuid: uuidOf(1) }, domainRecord(1, { project: 'blue' }));
views.domains.put({ uuid: uuidOf(2) }, domainRecord(2, { project: 'red' }));
const feed = new EventFeed({} as never, new FleetMemory(views));
const of = (projects: 'all' | string[]): Caller => ({ identity: { name: 't', role: 'viewer', projects, grants: [] }, via: 'rest' });
const released = (domain: string, more: object = {}): BusEvent =>
  ({ subject: `virtbus.v1.evt.port.${uuidOf(9)}.released`, payload: { what: 'released', port: uuidOf(9), domain, ...more } }) as never;

test.each<[string, BusEvent, readonly [all: boolean, blue: boolean]]>([
  ['of its domain', released(uuidOf(1)), [true, true]],
  ["of another project's domain", released(uuidOf(2)), [true, false]],
  ['of nobody who is known', released(uuidOf(3)), [true, false]],
  ['of its project, made by hand', released(uuidOf(3), { byHand: true, project: 'blue' }), [true, true]],
  ["of another project, made by hand for the caller's domain", released(uuidOf(1), { byHand: true, project: 'red' }), [true, false]],
  ["of the fleet's own, made by hand", released(uuidOf(1), { byHand: true }), [true, false]],
])('a port %s is told of', (_, event, expected) => {
  const wanted = { kinds: undefined, domain: undefined };
  expect([of('all'), of(['blue'])].map((caller) => feed.concerns(caller, wanted, event))).toEqual(expected);
});
