import { globSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

/**
 * Bundles each program of the workspace, dist/main.js → dist/main.bundle.mjs: one file starts in half the time of
 * thousands, and what is never called is never resident (a lone host-agent is to stay under 90 MB).
 * Compiled code is bundled, not sources: the compiler writes the decorators' metadata, esbuild does not.
 */
const PROGRAMS = '{services,apps}/*/dist/main.js';

/**
 * Nest imports what is optional only when it is asked for: transports, the validation pipe. Bundled, it would all be there,
 * the whole of class-validator with it; left outside, it is found in node_modules by the program that asks.
 */
const optionalOfNest: Plugin = {
  name: 'optional-of-nest',
  setup: (bundler) =>
    bundler.onResolve({ filter: /^[^./]/ }, ({ kind, importer, path }) =>
      kind === 'dynamic-import' && importer.includes('/node_modules/@nestjs/') ? { path, external: true } : undefined,
    ),
};

/** CommonJS packages inside of an ES module ask for a `require`. */
const banner = "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";

async function bundle(program: string): Promise<string> {
  const outfile = join(dirname(program), 'main.bundle.mjs');
  await build({
    entryPoints: [program],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // ES modules where a package ships both: only they can be shaken.
    mainFields: ['module', 'main'],
    // Nest's injector and error messages go by class names.
    keepNames: true,
    banner: { js: banner },
    // Native code, which a bundle cannot hold.
    external: ['koffi'],
    plugins: [optionalOfNest],
    logLevel: 'warning',
  });
  return `${outfile} ${(statSync(outfile).size / 1024).toFixed(0)} KiB`;
}

process.chdir(resolve(import.meta.dirname, '..'));
const bundles = await Promise.allSettled(globSync(PROGRAMS).toSorted().map(bundle));
for (const one of bundles) if (one.status === 'fulfilled') console.log(one.value);
// What is wrong with the others is on the screen already.
process.exitCode = bundles.every((one) => one.status === 'fulfilled') ? 0 : 1;
