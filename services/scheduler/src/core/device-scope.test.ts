import { expect, test } from 'vitest';
import { scopeOf } from './device-scope.js';

const running = { active: true, persistent: true };
const off = { active: false, persistent: true };
const passing = { active: true, persistent: false };

test.each([
  ['neither flag of a running domain', {}, running, { live: true, config: false }],
  ['neither flag of one that is off', {}, off, { live: false, config: true }],
  ['neither flag of a transient one', {}, passing, { live: true, config: false }],
  ['both flags', { live: true, config: true }, running, { live: true, config: true }],
  ['config alone of a running domain', { config: true }, running, { live: false, config: true }],
  ['live alone', { live: true, config: false }, running, { live: true, config: false }],
])('%s', (_, wish, domain, scope) => expect(scopeOf(wish, domain)).toEqual({ type: 'scope', ...scope }));

test.each([
  ['live of one that is off', { live: true }, off, 'domain is not running'],
  ['both of one that is off', { live: true, config: true }, off, 'domain is not running'],
  ['config of a transient one', { config: true }, passing, 'transient domains do not have any persistent config'],
])('%s is refused', (_, wish, domain, words) => expect(scopeOf(wish, domain)).toEqual({ type: 'refused', words }));
