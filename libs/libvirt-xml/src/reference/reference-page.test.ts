import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { attr, child, children } from '../model/field.js';
import { element, flag, leaf } from '../model/element.js';
import { filled, oneOf } from '../model/scalar.js';
import { referencePage } from './reference-page.js';
import { sections } from './sections.js';

const page = fileURLToPath(new URL('../../../../docs/generated/xml-reference.md', import.meta.url));

test('docs/generated/xml-reference.md lists what the descriptions say', async () => {
  await expect(referencePage(sections)).toMatchFileSnapshot(page);
});

test('an attribute shows its values, and what is assumed without it', () => {
  const car = element({ colour: attr(oneOf('red', 'blue'), { fallback: 'red' }), owner: child(leaf(filled), { doc: 'Who drives.' }) });
  const text = referencePage([{ title: 'Car', root: 'car', element: car }]);
  expect(text).toContain('  - `colour`: red | blue; else `red`');
  expect(text).toContain('  - `<owner>`: Who drives.; text, not empty');
});

test('an element used twice is listed once', () => {
  const wheel = element({ size: attr(filled, { required: true }), spare: child(flag) });
  const car = element({ front: children(wheel), rear: children(wheel) });
  const text = referencePage([{ title: 'Car', root: 'car', element: car }]);
  expect(text).toContain('  - `<front>`: any number\n    - `size`: text, not empty; needed\n    - `<spare/>`: present or not');
  expect(text).toContain('  - `<rear>`: any number; as `car/front`');
});
