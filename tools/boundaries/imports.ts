import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { type Violation, layerOf } from './arrows.ts';
import { confined, coreOf, isTest } from './places.ts';
import type { Package, SourceFile, Workspace } from './workspace.ts';

/** One import, with all that a rule asks about it. */
interface Import {
  readonly specifier: string;
  /** Package of the specifier: `@nestjs/core` of `@nestjs/core/injector`. Null for a relative or a built-in one. */
  readonly package: string | null;
  readonly from: Package;
  readonly file: SourceFile;
  readonly workspace: Workspace;
}

/** Says what is wrong, or null. */
type Rule = (given: Import) => string | null;

const ours = (given: Import): Package | null => given.workspace.packages.find((pack) => pack.name === given.package) ?? null;
const isRelative = (specifier: string): boolean => specifier.startsWith('.');
const targetOf = (given: Import): string => posix.join(posix.dirname(given.file.path), given.specifier);

/** The guest that tests boot is a tool, and no package. */
const isGuestForTest = (given: Import): boolean => isTest(given.file.path) && targetOf(given).startsWith('tools/guest/');

const staysInPackage: Rule = (given) =>
  isRelative(given.specifier) && !targetOf(given).startsWith(`${given.from.folder}/`) && !isGuestForTest(given)
    ? `${given.specifier} leaves the package: import it by its name`
    : null;

const isShallow: Rule = (given) =>
  ours(given) && given.specifier !== given.package ? `${given.specifier}: a package's surface is its index, import ${given.package}` : null;

const isDeclared: Rule = (given) => {
  if (given.package === null || given.package === given.from.name || given.from.dependencies.has(given.package)) return null;
  const ofTests = isTest(given.file.path) && (given.workspace.rootDependencies.has(given.package) || isTesting(given));
  return ofTests ? null : `${given.package} is not a dependency of ${given.from.name}`;
};

const isTesting = (given: Import): boolean => {
  const pack = ours(given);
  return pack !== null && layerOf(pack) === 'testing';
};

const testingStaysInTests: Rule = (given) => (isTesting(given) && !isTest(given.file.path) ? `${given.package} is for tests only` : null);

const staysInPlace: Rule = (given) =>
  confined.find((one) => one.packages.test(given.specifier) && !one.allowed(given.file.path) && !isTest(given.file.path))?.why ?? null;

/** A core imports its own files, and values and contracts. */
const coreIsPure: Rule = (given) => {
  const core = coreOf(given.file.path);
  if (!core || isTest(given.file.path)) return null;
  if (isRelative(given.specifier))
    return targetOf(given).startsWith(core) ? null : `a core imports nothing from outside it: ${given.specifier}`;
  const pack = ours(given);
  const layer = pack && layerOf(pack);
  return layer === 'value' || layer === 'contract' ? null : `a core imports only its own files, values and contracts: ${given.specifier}`;
};

const rules: readonly Rule[] = [staysInPackage, isShallow, isDeclared, testingStaysInTests, staysInPlace, coreIsPure];

const packageOf = (specifier: string): string | null =>
  isRelative(specifier) || isBuiltin(specifier) ? null : specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

/** Every import of every file against every rule. */
export const checkImports = (workspace: Workspace): Violation[] =>
  workspace.packages.flatMap((from) =>
    from.files.flatMap((file) =>
      file.imports.flatMap(({ specifier, line }) => {
        const given: Import = { specifier, package: packageOf(specifier), from, file, workspace };
        return rules.flatMap((rule) => rule(given) ?? []).map((message) => ({ at: `${file.path}:${line}`, message }));
      }),
    ),
  );
