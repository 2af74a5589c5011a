import { globSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { nestPlugins } from './bundle/nest.ts';

/**
 * Bundles each program of the workspace, dist/main.js → dist/main.bundle.mjs: one file starts in half the time of
 * thousands, and what is never called is never resident (a lone host-agent is to stay under 90 MB).
 * Compiled code is bundled, not sources: the compiler writes the decorators' metadata, esbuild does not.
 */
const PROGRAMS = '{services,apps}/*/dist/main.js';

/** CommonJS packages inside of an ES module ask for a `require`. */
const requireBanner = "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";

/**
 * A service lives on long-lived facts and few messages: V8's nursery need not grow to 16 MB for it. Said by the program
 * itself, because nobody remembers a flag. Worth 5 MB of resident memory.
 */
const smallNursery = "import { setFlagsFromString } from 'node:v8'; setFlagsFromString('--semi-space-growth-factor=1');";

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
    banner: { js: program.startsWith('services/') ? `${smallNursery}\n${requireBanner}` : requireBanner },
    // Native code, which a bundle cannot hold.
    external: ['koffi'],
    plugins: nestPlugins,
    logLevel: 'warning',
  });
  return `${outfile} ${(statSync(outfile).size / 1024).toFixed(0)} KiB`;
}

process.chdir(resolve(import.meta.dirname, '..'));
const bundles = await Promise.allSettled(globSync(PROGRAMS).toSorted().map(bundle));
for (const one of bundles) if (one.status === 'fulfilled') console.log(one.value);
// What is wrong with the others is on the screen already.
process.exitCode = bundles.every((one) => one.status === 'fulfilled') ? 0 : 1;
