import { globSync, readFileSync } from 'node:fs';
import { dirname, posix } from 'node:path';

export interface SourceFile {
  /** Path from the repository's root. */
  readonly path: string;
  readonly imports: readonly ImportOf[];
}

export interface ImportOf {
  readonly specifier: string;
  readonly line: number;
}

export interface Package {
  readonly name: string;
  /** Path from the repository's root. */
  readonly folder: string;
  /** What stands behind `layer:` in the tags, in order. */
  readonly layers: readonly string[];
  readonly dependencies: ReadonlySet<string>;
  readonly files: readonly SourceFile[];
}

export interface Workspace {
  readonly packages: readonly Package[];
  /** Packages that the root declares: tools of every test. */
  readonly rootDependencies: ReadonlySet<string>;
}

/**
 * Static, dynamic and side-effect imports and re-exports. A statement is looked for at the start of a line, where the
 * formatter puts it, so that an example in a comment or a string is not taken for one.
 */
const STATEMENT =
  /^\s*(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*['"](?<specifier>[^'"\n]+)['"]|\bimport\(\s*['"](?<dynamic>[^'"\n]+)['"]/gm;

export const importsOf = (source: string): ImportOf[] =>
  [...source.matchAll(STATEMENT)].map((match) => ({
    specifier: match.groups?.['specifier'] ?? match.groups?.['dynamic'] ?? '',
    line: source.slice(0, match.index + match[0].length).split('\n').length,
  }));

interface PackageJson {
  readonly name: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly nx?: { readonly tags?: readonly string[] };
}

const LAYER = 'layer:';
const readPackageJson = (path: string): PackageJson => JSON.parse(readFileSync(path, 'utf8')) as PackageJson;
const declared = (json: PackageJson): Set<string> => new Set(Object.keys({ ...json.dependencies, ...json.devDependencies }));

function readPackage(path: string): Package {
  const folder = dirname(path);
  const json = readPackageJson(path);
  const files = globSync(posix.join(folder, '{src,bench}/**/*.ts'));
  return {
    name: json.name,
    folder,
    layers: (json.nx?.tags ?? []).filter((tag) => tag.startsWith(LAYER)).map((tag) => tag.slice(LAYER.length)),
    dependencies: declared(json),
    files: files.map((file) => ({ path: file, imports: importsOf(readFileSync(file, 'utf8')) })),
  };
}

/** The packages of the repository in the current folder. */
export const readWorkspace = (): Workspace => ({
  packages: globSync('{libs,services,apps}/*/package.json').toSorted().map(readPackage),
  rootDependencies: declared(readPackageJson('package.json')),
});
