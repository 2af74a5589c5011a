import { globSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';

/**
 * Bundles each program of the workspace, dist/main.js → dist/main.bundle.mjs: one file starts in half the time of
 * thousands, and what is never called is never resident (a lone host-agent is to stay under 90 MB).
 * Compiled code is bundled, not sources: the compiler writes the decorators' metadata, esbuild does not.
 */
const PROGRAMS = '{services,apps}/*/dist/main.js';

/** Native code, which a bundle cannot hold, and transports that Nest imports only when asked for. */
const external = [
  'koffi',
  '@nestjs/platform-express',
  '@nestjs/websockets',
  '@nestjs/websockets/*',
  '@grpc/*',
  'amqp-connection-manager',
  'amqplib',
  'cache-manager',
  'ioredis',
  'kafkajs',
  'mqtt',
];

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
    external,
    logLevel: 'warning',
  });
  return `${outfile} ${(statSync(outfile).size / 1024).toFixed(0)} KiB`;
}

process.chdir(resolve(import.meta.dirname, '..'));
for (const line of await Promise.all(globSync(PROGRAMS).toSorted().map(bundle))) console.log(line);
