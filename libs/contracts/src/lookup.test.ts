import { expect, test } from 'vitest';
import { findByReference } from './lookup.js';
import { tokenFromName } from './subject.js';

const uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const other = '11111111-2222-3333-4444-555555555555';

const store = <K extends object, P>(entries: Record<string, P>, keyOf: (key: K) => string) => ({
  get: async (key: K) => {
    const value = entries[keyOf(key)];
    return value === undefined ? undefined : { value, revision: 1 };
  },
});
const records = store({ [uuid]: { uuid, name: 'demo' }, [other]: { uuid: other, name: uuid } }, (key: { uuid: string }) => key.uuid);
const names = store(
  {
    [tokenFromName('demo')]: { uuid },
    [tokenFromName('ghost')]: { uuid: '00000000-0000-0000-0000-000000000000' },
    [tokenFromName('old')]: { uuid },
  },
  (key: { name: string }) => key.name,
);

test.each<[string, string, string | undefined]>([
  ['by its name', 'demo', uuid],
  ['by its UUID', uuid, uuid],
  ['by its UUID in capitals', uuid.toUpperCase(), uuid],
  ['not by a name nobody has', 'nope', undefined],
  ['not by a name claimed for what never came to be', 'ghost', undefined],
  ['not by a name that it had before', 'old', undefined],
])('an object is found %s', async (_, reference, expected) => {
  expect((await findByReference(reference, records, names))?.value.uuid).toBe(expected);
});
