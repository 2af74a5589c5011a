import { expect, test } from 'vitest';
import { MAX_REGISTRATIONS, Registrations } from './registrations.js';

const of = (object?: string, eventId = 0) => ({ kind: 'domain', eventId, object }) as const;

test('an event is for those who want it of this object or of all, in the order in which they came', () => {
  const registrations = new Registrations();
  const [one, , all, again] = [of('a'), of('b'), of(), of('a')].map((each) => registrations.add(each));
  registrations.add(of('a', 1));
  registrations.add({ ...of('a'), kind: 'network' });
  expect(registrations.for('domain', 0, 'a').map(({ callbackId }) => callbackId)).toEqual([one, all, again]);
  expect([
    registrations.remove('network', one ?? 0),
    registrations.remove('domain', one ?? 0),
    registrations.remove('domain', one ?? 0),
  ]).toEqual([false, true, false]);
  expect(registrations.for('domain', 0, 'a').map(({ callbackId }) => callbackId)).toEqual([all, again]);
});

test('a connection has so many and no more, and may have another for one that it gives back', () => {
  const registrations = new Registrations();
  for (let at = 0; at < MAX_REGISTRATIONS; at += 1) registrations.add(of(`d${at}`));
  const words = `Too many event callbacks '${MAX_REGISTRATIONS + 1}' for limit '${MAX_REGISTRATIONS}'`;
  expect(() => registrations.add(of('late'))).toThrow(expect.objectContaining({ code: 39, domain: 13, message: words }));
  expect(registrations.for('domain', 0, 'late')).toEqual([]);
  registrations.remove('domain', 1);
  expect(registrations.add(of('late'))).toBe(MAX_REGISTRATIONS + 1);
});
