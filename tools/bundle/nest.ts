import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Plugin } from 'esbuild';

/** What every program here does ask for. Left outside, it would bring a second Nest with it. */
const WANTED = /^@nestjs\/microservices(?:\/|$)/;

/** Whether an import stays outside of the bundle. */
export const staysOutside = (kind: string, importer: string, path: string): boolean =>
  kind === 'dynamic-import' && importer.includes('/node_modules/@nestjs/') && !WANTED.test(path);

/**
 * Nest imports what is optional only when it is asked for: transports, the validation pipe. Bundled, it would all be there,
 * the whole of class-validator with it; left outside, it is found in node_modules by the program that asks.
 */
const optional: Plugin = {
  name: 'optional-of-nest',
  setup: (bundler) =>
    bundler.onResolve({ filter: /^[^./]/ }, ({ kind, importer, path }) =>
      staysOutside(kind, importer, path) ? { path, external: true } : null,
    ),
};

const FORMATTER = /new Intl\.DateTimeFormat\(undefined, \{[^}]*\}\)/;

/** @throws Error when Nest no longer makes its formatter this way: then look again at what it costs. */
export function withPlainTimestamps(source: string): string {
  if (!FORMATTER.test(source)) throw new Error("Nest's logger has changed: see tools/bundle/nest.ts");
  return source.replace(FORMATTER, '{ format: (at) => new Date(at).toISOString() }');
}

/** Nest's loggers make a locale's date formatter at import, which brings 6 MB of ICU into memory. ISO dates read as well. */
const plainTimestamps: Plugin = {
  name: 'plain-timestamps',
  setup: (bundler) =>
    bundler.onLoad({ filter: /@nestjs[/]common[/]services[/](?:console-)?logger\.service\.js$/ }, async ({ path }) => ({
      contents: withPlainTimestamps(await readFile(path, 'utf8')),
    })),
};

/** For Node, rxjs offers CommonJS alone, which comes whole, and once more for each module that asks for it. Its ES modules can be shaken. */
const shakenRxjs: Plugin = {
  name: 'shaken-rxjs',
  setup: (bundler) =>
    bundler.onResolve({ filter: /^rxjs(?:\/operators)?$/ }, async ({ path, importer }) => {
      const cjs = createRequire(importer).resolve(path);
      return { path: cjs.replace('/dist/cjs/', '/dist/esm/'), sideEffects: false };
    }),
};

export const nestPlugins: Plugin[] = [optional, plainTimestamps, shakenRxjs];
