import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { expect, test, beforeAll } from 'vitest';

/**
 * Lints small samples with the real configuration, and sees each rule that style depends on go red.
 * The samples stand in a workspace of their own outside the repository, where no other tool trips over them.
 */
const root = resolve(import.meta.dirname, '..');
const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n');
const constants = (count: number): string => lines(count, (index) => `export const c${index} = ${index};`);
const branches = (count: number): string =>
  `export const f = (n: number): string => {\n${lines(count, (index) => `  if (n === ${index}) return '${index}';`)}\n  return '';\n};`;
const body = (count: number): string =>
  `export const f = (g: (n: number) => void): void => {\n${lines(count, (index) => `  g(${index});`)}\n};`;
const nested = 'export const f = (a: boolean): number => {\n  if (a) { if (!a) { if (a) { if (!a) { return 1; } } } }\n  return 0;\n};';

const plain = 'services/netd/src/allocate.ts';
const core = 'services/netd/src/core/allocate.ts';
const pure = 'libs/libvirt-xml/src/parse.ts';
const spec = 'services/netd/src/core/allocate.test.ts';

const refused: readonly [sentence: string, path: string, source: string, rule: string][] = [
  ['a file over 250 lines', plain, constants(251), 'eslint(max-lines)'],
  ['a test over 400 lines', spec, constants(401), 'eslint(max-lines)'],
  ['a function over 50 lines', plain, body(50), 'eslint(max-lines-per-function)'],
  ['five parameters', plain, 'export const f = (a: 1, b: 1, c: 1, d: 1, e: 1) => [a, b, c, d, e];', 'eslint(max-params)'],
  ['four levels of nesting', plain, nested, 'eslint(max-depth)'],
  ['eleven paths', plain, branches(10), 'eslint(complexity)'],
  ['any', plain, 'export const f = (a: any): unknown => a;', 'typescript(no-explicit-any)'],
  ['a non-null assertion', plain, 'export const f = (a: string | null): string => a!;', 'typescript(no-non-null-assertion)'],
  ['a floating promise', plain, 'export const f = (g: () => Promise<void>): void => { g(); };', 'typescript(no-floating-promises)'],
  [
    'a floating promise in a test',
    spec,
    'export const f = (g: () => Promise<void>): void => { g(); };',
    'typescript(no-floating-promises)',
  ],
  ['a promise as a condition', plain, 'export const f = (p: Promise<boolean>) => (p ? 1 : 2);', 'typescript(no-misused-promises)'],
  ['a thrown string', plain, "export const f = () => { throw 'no'; };", 'typescript(only-throw-error)'],
  [
    'a switch that forgets a case',
    plain,
    "export const f = (u: 'a' | 'b'): void => { switch (u) { case 'a': break; } };",
    'typescript(switch-exhaustiveness-check)',
  ],
  ['an empty catch', plain, 'export const f = (g: () => void): void => { try { g(); } catch {} };', 'eslint(no-empty)'],
  ['a silenced type error', plain, "// @ts-ignore\nexport const a: number = 'a';", 'typescript(ban-ts-comment)'],
  ['console in a service', plain, "console.log('a');", 'eslint(no-console)'],
  ['Date in a core', core, 'export const f = (): number => Date.now();', 'eslint(no-restricted-globals)'],
  ['new Date in a core', core, 'export const f = (): Date => new Date();', 'eslint(no-restricted-globals)'],
  ['performance in a core', core, 'export const f = (): number => performance.now();', 'eslint(no-restricted-globals)'],
  ['process in a core', core, "export const f = () => process.env['HOME'];", 'eslint(no-restricted-globals)'],
  ['a timer in a core', core, 'export const f = (g: () => void) => setTimeout(g, 1);', 'eslint(no-restricted-globals)'],
  ['crypto in a core', core, 'export const f = (): string => crypto.randomUUID();', 'eslint(no-restricted-globals)'],
  ['console in a core', core, "console.log('a');", 'eslint(no-restricted-globals)'],
  ['Math.random in a core', core, 'export const f = (): number => Math.random();', 'eslint(no-restricted-properties)'],
  ['globalThis in a core', core, 'export const f = () => globalThis.Date;', 'eslint(no-restricted-properties)'],
  ['a narrowing cast in a core', core, "export const f = (a: string): 'a' => a as 'a';", 'typescript(no-unsafe-type-assertion)'],
  ['Date in the XML library', pure, 'export const f = (): number => Date.now();', 'eslint(no-restricted-globals)'],
  ['a suppression that suppresses nothing', plain, '// oxlint-disable-next-line no-console\nexport const a = 1;', 'none'],
];

const accepted: readonly [sentence: string, path: string, source: string][] = [
  ['250 lines', plain, constants(250)],
  ['a long table in a file of its own', 'services/netd/src/core/vendor-table.ts', constants(300)],
  ['400 lines of test', spec, constants(400)],
  ['four parameters', plain, 'export const f = (a: 1, b: 1, c: 1, d: 1) => [a, b, c, d];'],
  ['ten paths', plain, branches(9)],
  ['a non-null assertion in a test', spec, 'export const f = (a: readonly string[]): string => a[0]!;'],
  ['Date in a test of a core', spec, 'export const f = (): number => Date.now();'],
  ['Date in an adapter', 'services/netd/src/adapters/leases.ts', 'export const f = (): number => Date.now();'],
  ['console in the command line', 'apps/virtbus/src/print.ts', "console.log('a');"],
];

/** Each sample stands in a folder of its own, so that one run of the linter takes them all. */
const placeOf = (sample: number, path: string): string => join(dirname(path), `sample-${sample}`, basename(path));

const cycle = [
  { path: 'services/netd/src/hen.ts', source: "import { egg } from './egg.js';\nexport const hen = (): string => egg();" },
  { path: 'services/netd/src/egg.ts', source: "import { hen } from './hen.js';\nexport const egg = (): string => hen();" },
];

const samples = [...cycle, ...[...refused, ...accepted].map(([, path, source], sample) => ({ path: placeOf(sample, path), source }))];

interface Report {
  readonly diagnostics: readonly { readonly code?: string; readonly filename: string }[];
}

async function writeWorkspace(workspace: string): Promise<void> {
  for (const name of ['.oxlintrc.json', 'tsconfig.base.json', 'tsconfig.check.json', 'tsconfig.json']) {
    await cp(join(root, name), join(workspace, name));
  }
  await symlink(join(root, 'node_modules'), join(workspace, 'node_modules'));
  for (const { path, source } of samples) {
    await mkdir(dirname(join(workspace, path)), { recursive: true });
    await writeFile(join(workspace, path), source);
  }
}

/** Rules broken by file, as `plugin(rule)`. */
const broken = new Map<string, string[]>();

beforeAll(async () => {
  const workspace = await mkdtemp(join(tmpdir(), 'virtbus-lint-'));
  try {
    await writeWorkspace(workspace);
    const oxlint = join(root, 'node_modules/.bin/oxlint');
    const { stdout } = spawnSync(oxlint, ['--format=json', 'apps', 'libs', 'services'], { cwd: workspace, encoding: 'utf8' });
    const { diagnostics } = JSON.parse(stdout) as Report;
    for (const { filename, code } of diagnostics) broken.set(filename, [...(broken.get(filename) ?? []), code ?? 'none']);
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
});

test.each(refused.map(([sentence, path, , rule], sample) => [sentence, rule, placeOf(sample, path)] as const))(
  '%s is refused: %s',
  (_sentence, rule, place) => expect(broken.get(place)).toContain(rule),
);

test('two files that import each other are refused', () => {
  for (const { path } of cycle) expect(broken.get(path)).toContain('import(no-cycle)');
});

test.each(accepted.map(([sentence, path], index) => [sentence, placeOf(refused.length + index, path)] as const))(
  '%s passes',
  (_sentence, place) => expect(broken.get(place)).toBeUndefined(),
);
