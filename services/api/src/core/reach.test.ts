import { expect, test } from 'vitest';
import { reachOf, type Reach } from './reach.js';

const running = { active: true, persistent: true };
const transient = { active: true, persistent: false };
const off = { active: false, persistent: true };

test.each<[string, Partial<Reach>, typeof running, Reach]>([
  ['what runs, when nothing is said', {}, running, { live: true, config: false }],
  ['the definition, when it does not run', {}, off, { live: false, config: true }],
  ['the definition alone, when that is said', { config: true }, running, { live: false, config: true }],
  ['both', { live: true, config: true }, running, { live: true, config: true }],
  ['a transient domain as it runs', {}, transient, { live: true, config: false }],
])('a change reaches %s', (_, wanted, domain, reach) => expect(reachOf(wanted, domain)).toEqual(reach));

test.each<[string, Partial<Reach>, typeof running, string]>([
  ['what does not run', { live: true }, off, 'domain is not running'],
  ['a definition that there is not', { live: true, config: true }, transient, 'transient domains do not have any persistent config'],
])('a change of %s is refused', (_, wanted, domain, words) => expect(() => reachOf(wanted, domain)).toThrow(words));
