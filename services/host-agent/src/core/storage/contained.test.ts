import { expect, test } from 'vitest';
import { backingPath, judgeBacking, normalized, type Reach } from './contained.js';

test.each([
  ['/a/b/../c', '/a/c'],
  ['/a//./b/', '/a/b'],
  ['/../../a', '/a'],
])('%s is %s', (path, expected) => expect(normalized(path)).toBe(expected));

test.each([
  ['base.img', '/pool/base.img'],
  ['../other/base.img', '/other/base.img'],
  ['/x/base.img', '/x/base.img'],
  ['nbd:host:10809', undefined],
  ['json:{"driver":"file","filename":"/etc/shadow"}', undefined],
  ['?', undefined],
])('below an image, %s is %s', (name, expected) => expect(backingPath('/pool', name)).toBe(expected));

const blue: Reach = { path: '/pools/blue', project: 'blue' };
const red: Reach = { path: '/pools/red', project: 'red' };
const fleet: Reach = { path: '/pools/fleet' };
const judged = (of: Reach, path: string) =>
  judgeBacking({ format: 'qcow2', backing: { path } }, { directory: of.path, of, pools: [blue, red, fleet], roots: ['/pools', '/srv'] })
    .type;

test.each<[string, Reach, string, string]>([
  ['beside it', blue, 'base.img', 'allowed'],
  ["in the fleet's own pool", blue, '/pools/fleet/base.img', 'allowed'],
  ["in another project's pool", blue, '/pools/red/secret.img', 'refused'],
  ['there by another way', blue, '../red/secret.img', 'refused'],
  ['in no pool', blue, '/srv/base.img', 'refused'],
  ['in no pool, below one of the fleet', fleet, '/srv/base.img', 'allowed'],
  ["in a project's pool, below one of the fleet", fleet, '/pools/red/secret.img', 'refused'],
  ['where no pool may be', fleet, '/etc/shadow', 'refused'],
  ['where a root only begins alike', fleet, '/srvother/base.img', 'refused'],
  ['on the network', fleet, 'nbd:host:1', 'refused'],
])('a backing file %s is judged', (_, of, path, expected) => expect(judged(of, path)).toBe(expected));

test('an image whose bytes are elsewhere is refused, and one alone is not', () => {
  const place = { directory: '/pools/fleet', of: fleet, pools: [], roots: ['/'] };
  expect(judgeBacking({ format: 'qcow2', hasDataFile: true }, place).type).toBe('refused');
  expect(judgeBacking({ format: 'raw' }, place).type).toBe('none');
});
