import { contracts } from '@virtbus/contracts';
import { expect, test } from 'vitest';
import { accessPage } from './access-page.js';

test('docs/generated/access.md shows the tables', () =>
  expect(accessPage(contracts)).toMatchFileSnapshot('../../../../../docs/generated/access.md'));
