import { expect, test } from 'vitest';
import { select, usage } from './selection.ts';
import { stages } from './stages.ts';

const all = stages.map((stage) => stage.name);

test.each<[sentence: string, args: string[], stages: string[], patterns: string[]]>([
  ['nothing selects every stage', [], all, []],
  ['a stage selects itself', ['lint'], ['lint'], []],
  ['stages run in their own order', ['unit', 'lint'], ['lint', 'unit'], []],
  ['a stage with a pattern narrows it', ['unit', 'libs/qmp'], ['unit'], ['libs/qmp']],
  ['a pattern alone narrows every suite', ['libs/qmp'], ['unit', 'int', 'e2e'], ['libs/qmp']],
])('%s', (_sentence, args, names, patterns) => {
  const selection = select(args);
  expect(selection.stages.map((stage) => stage.name)).toEqual(names);
  expect(selection.patterns).toEqual(patterns);
});

test('the usage names every stage', () => {
  for (const name of all) expect(usage()).toContain(`  ${name}`);
});
