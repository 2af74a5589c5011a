import { expect, test } from 'vitest';
import { checkArrows } from './arrows.ts';
import { checkImports } from './imports.ts';
import { importsOf, type Package, type Workspace } from './workspace.ts';

const pack = (name: string, layer: string, changes: Partial<Package> = {}): Package => ({
  name: `@virtbus/${name}`,
  folder: `${layer === 'service' ? 'services' : 'libs'}/${name}`,
  layers: [layer],
  dependencies: new Set(),
  files: [],
  ...changes,
});

/** A workspace where netd holds one file with one import. All that netd may depend on is declared. */
const workspaceWith = (path: string, specifier: string): Workspace => {
  const others = [
    pack('libvirt-xml', 'value'),
    pack('contracts', 'contract'),
    pack('messaging', 'platform'),
    pack('qmp', 'protocol'),
    pack('api', 'service'),
    pack('testing', 'testing'),
  ];
  const dependencies = new Set([
    '@virtbus/libvirt-xml',
    '@virtbus/contracts',
    '@virtbus/messaging',
    '@nestjs/common',
    '@nats-io/kv',
    '@opentelemetry/api',
    'koffi',
  ]);
  const files = [{ path, imports: [{ specifier, line: 1 }] }];
  const netd = pack('netd', 'service', { dependencies, files });
  const xml = pack('libvirt-xml', 'value', { files });
  return path.startsWith('services/')
    ? { packages: [...others, netd], rootDependencies: new Set(['vitest']) }
    : { packages: [xml], rootDependencies: new Set() };
};

const core = 'services/netd/src/core/allocate.ts';
const spec = 'services/netd/src/core/allocate.test.ts';
const adapter = 'services/netd/src/adapters/leases.ts';
const handlers = 'services/netd/src/port.handlers.ts';

test.each<[sentence: string, path: string, specifier: string, message: string]>([
  ['a relative import that leaves the package', adapter, '../../../api/src/index.js', 'leaves the package'],
  ['a relative import of a neighbour whose name begins alike', adapter, '../../../netd-old/src/index.js', 'leaves the package'],
  ['the guest of the tests outside of tests', adapter, '../../../../tools/guest/guest.js', 'leaves the package'],
  ['a deep import', adapter, '@virtbus/messaging/dist/bucket.js', "a package's surface is its index"],
  ['an undeclared package of ours', adapter, '@virtbus/qmp', 'not a dependency'],
  ['an undeclared package of others', adapter, 'lodash/map', 'lodash is not a dependency'],
  ['a tool of the tests outside of tests', adapter, 'vitest', 'vitest is not a dependency'],
  ['an undeclared package in a test', spec, '@virtbus/qmp', 'not a dependency'],
  ['testing outside of tests', adapter, '@virtbus/testing', 'is for tests only'],
  ['Nest in an adapter', adapter, '@nestjs/common', 'Nest stays'],
  ['Nest in a core', core, '@nestjs/common', 'Nest stays'],
  ['NATS in a service', handlers, '@nats-io/kv', 'NATS stays'],
  ['OpenTelemetry in a service', adapter, '@opentelemetry/api', 'OpenTelemetry stays'],
  ['foreign functions in a service', adapter, 'koffi', 'foreign functions stay'],
  ['an adapter in a core', core, '../adapters/leases.js', 'a core imports nothing from outside it'],
  ['ports in a core', core, '../ports.js', 'a core imports nothing from outside it'],
  ['the bus in a core', core, '@virtbus/messaging', 'a core imports only'],
  ['a built-in module in a core', core, 'node:crypto', 'a core imports only'],
  ['a built-in module without its prefix in a core', core, 'fs', 'a core imports only'],
  ['a file in the XML library', 'libs/libvirt-xml/src/parse.ts', 'node:fs', 'value and contract libraries'],
])('%s is refused', (_sentence, path, specifier, message) =>
  expect(checkImports(workspaceWith(path, specifier)).map((violation) => violation.message)).toContainEqual(
    expect.stringContaining(message),
  ),
);

test.each<[sentence: string, path: string, specifier: string]>([
  ['a neighbour', adapter, '../ports.js'],
  ['a neighbour in the core', core, './ranges.js'],
  ['a file below, from a core', core, './rules/range.js'],
  ['a value from a core', core, '@virtbus/libvirt-xml'],
  ['a contract from a core', core, '@virtbus/contracts'],
  ['a declared package', adapter, '@virtbus/messaging'],
  ['a built-in module from an adapter', adapter, 'node:fs/promises'],
  ['Nest from handlers', handlers, '@nestjs/common'],
  ['Nest from main.ts', 'services/netd/src/main.ts', '@nestjs/common/pipes'],
  ['testing from a test', spec, '@virtbus/testing'],
  ['testing from a benchmark', 'services/netd/bench/ports.ts', '@virtbus/testing'],
  ['a tool of the tests from a test', spec, 'vitest'],
  ['a fixture reader from a test of a core', spec, 'node:fs'],
  ['the guest of the tests from a test', spec, '../../../../tools/guest/guest.js'],
  ['its own name from a test', spec, '@virtbus/netd'],
  ['a file from the entry of the XML library', 'libs/libvirt-xml/src/corpus-main.ts', 'node:fs'],
])('%s is allowed', (_sentence, path, specifier) => expect(checkImports(workspaceWith(path, specifier))).toEqual([]));

const depends = (from: string, to: string): Workspace => ({
  packages: [pack('a', from, { dependencies: new Set(['@virtbus/b']) }), pack('b', to)],
  rootDependencies: new Set(),
});

test.each<[from: string, to: string]>([
  ['service', 'service'],
  ['service', 'testing'],
  ['service', 'app'],
  ['value', 'contract'],
  ['contract', 'platform'],
  ['protocol', 'value'],
  ['platform', 'protocol'],
])('%s must not depend on %s', (from, to) =>
  expect(checkArrows(depends(from, to))).toMatchObject([{ at: expect.stringContaining('/a/package.json') }]),
);

test.each<[from: string, to: string]>([
  ['contract', 'value'],
  ['protocol', 'protocol'],
  ['platform', 'contract'],
  ['service', 'protocol'],
  ['app', 'service'],
  ['app', 'testing'],
  ['testing', 'platform'],
])('%s may depend on %s', (from, to) => expect(checkArrows(depends(from, to))).toEqual([]));

test.each<[sentence: string, layers: string[]]>([
  ['none', []],
  ['an unknown one', ['shared']],
  ['two', ['value', 'contract']],
  ['one that only the prototype knows', ['constructor']],
])('a package must name a layer, not %s', (_sentence, layers) =>
  expect(checkArrows({ packages: [pack('a', 'value', { layers })], rootDependencies: new Set() })).toHaveLength(1),
);

test.each<[sentence: string, source: string, specifiers: string[]]>([
  ['a static import', "import { a } from './a.js';", ['./a.js']],
  ['a type import', "import type { A } from './a.js';", ['./a.js']],
  ['an import over several lines', "import {\n  a,\n  b,\n} from './a.js';\n", ['./a.js']],
  ['a side effect', "import 'reflect-metadata';", ['reflect-metadata']],
  ['a re-export', "export * from './a.js';\nexport { b } from './b.js';", ['./a.js', './b.js']],
  ['a dynamic import', "const a = await import('./a.js');", ['./a.js']],
  ['the type of a module', "type A = typeof import('./a.js');", ['./a.js']],
  ['two imports on two lines', "import a from 'a';\nimport b from 'b';", ['a', 'b']],
  ['no import in a comment', "/**\n * import { a } from './a.js';\n */\n// import b from 'b';", []],
  ['no import in an export of a value', "export const from = (a: string) => a === 'b';", []],
  ['no import in a string', 'const text = "import { a } from \'./a.js\';";', []],
])('finds %s', (_sentence, source, specifiers) => expect(importsOf(source).map((one) => one.specifier)).toEqual(specifiers));

test('says the line of an import', () => expect(importsOf("\n\nimport { a } from './a.js';")).toEqual([{ specifier: './a.js', line: 3 }]));
