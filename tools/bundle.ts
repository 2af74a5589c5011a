import { globSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { nestPlugins } from './bundle/nest.ts';
import { oneByte } from './bundle/one-byte.ts';
import { starter } from './bundle/starter.ts';

/**
 * Bundles each program of the workspace, dist/main.js → dist/main.code.mjs, and writes what starts it, dist/main.bundle.mjs.
 * One file starts in half the time of thousands, and what is never called is never resident (a lone host-agent is to stay
 * under 90 MB). Compiled code is bundled, not sources: the compiler writes the decorators' metadata, esbuild does not.
 */
const PROGRAMS = '{services,apps}/*/dist/main.js';

/** CommonJS packages inside of an ES module ask for a `require`. */
const requireBanner = "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";

async function bundle(program: string): Promise<string> {
  const folder = dirname(program);
  const outfile = join(folder, 'main.code.mjs');
  const { outputFiles } = await build({
    entryPoints: [program],
    outfile,
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // ES modules where a package ships both: only they can be shaken. Of today's language rather than of ES5, which is slower and larger.
    mainFields: ['es2015', 'module', 'main'],
    // Nest's injector and error messages go by class names.
    keepNames: true,
    // The text stays in memory: without blanks it is 1 MB less. Names and lines are kept, so that a stack says where.
    minifyWhitespace: true,
    lineLimit: 140,
    banner: { js: requireBanner },
    // Native code, which a bundle cannot hold.
    external: ['koffi'],
    plugins: nestPlugins,
    logLevel: 'warning',
  });
  for (const { path, text } of outputFiles) writeFileSync(path, oneByte(text));
  writeFileSync(join(folder, 'main.bundle.mjs'), starter({ longLived: program.startsWith('services/') }));
  return `${outfile} ${(statSync(outfile).size / 1024).toFixed(0)} KiB`;
}

process.chdir(resolve(import.meta.dirname, '..'));
const bundles = await Promise.allSettled(globSync(PROGRAMS).toSorted().map(bundle));
for (const one of bundles) if (one.status === 'fulfilled') console.log(one.value);
// What is wrong with the others is on the screen already.
process.exitCode = bundles.every((one) => one.status === 'fulfilled') ? 0 : 1;
