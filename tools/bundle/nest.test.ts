import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { staysOutside, withPlainTimestamps } from './nest.ts';

const common = dirname(createRequire(import.meta.url).resolve('@nestjs/common'));
const core = '/a/node_modules/@nestjs/core/nest-factory.js';

test.each<[sentence: string, kind: string, importer: string, path: string, outside: boolean]>([
  ['a validator that only the pipe asks for stays outside', 'dynamic-import', core, 'class-validator', true],
  ['a transport that is not installed stays outside', 'dynamic-import', core, '@nestjs/websockets/socket-module.js', true],
  ['microservices come along, or there would be two Nests', 'dynamic-import', core, '@nestjs/microservices', false],
  ['a part of microservices comes along', 'dynamic-import', core, '@nestjs/microservices/microservices-module.js', false],
  ['what Nest always imports comes along', 'import-statement', core, 'rxjs', false],
  ['what others import dynamically comes along', 'dynamic-import', '/a/libs/telemetry/dist/index.js', '@opentelemetry/sdk-trace', false],
])('%s', (_sentence, kind, importer, path, outside) => expect(staysOutside(kind, importer, path)).toBe(outside));

test.each(['console-logger', 'logger'])("the installed Nest's %s gets plain timestamps", (name) => {
  const source = withPlainTimestamps(readFileSync(join(common, `services/${name}.service.js`), 'utf8'));
  expect(source).not.toContain('Intl.');
  expect(source).toContain('toISOString()');
});

test('a logger that makes no formatter is noticed', () =>
  expect(() => withPlainTimestamps('class ConsoleLogger {}')).toThrow('has changed'));
