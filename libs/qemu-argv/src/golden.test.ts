import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { assignDefaults, parseDomain } from '@virtbus/libvirt-xml';
import { describe, expect, test } from 'vitest';
import { formatArgsFile, parseArgsFile } from './corpus/args-file.js';
import { prepareDomain } from './prepare/prepare-domain.js';
import { referenceCapabilities } from './reference/reference-capabilities.js';
import { referenceFirmwares } from './reference/reference-firmware.js';
import { referenceCommandLine } from './reference/reference-command-line.js';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const names = readdirSync(fixtures)
  .filter((file) => file.endsWith('.xml'))
  .map((file) => file.slice(0, -'.xml'.length));

const domainOf = (name: string) => assignDefaults(parseDomain(readFileSync(`${fixtures}${name}.xml`, 'utf8')), referenceCapabilities);

describe.each(names)('%s', (name) => {
  test('leads to the command line beside it', async () => {
    await expect(formatArgsFile(referenceCommandLine(domainOf(name)))).toMatchFileSnapshot(`${fixtures}${name}.args`);
  });

  test('is written so that it reads back the same', () => {
    const line = referenceCommandLine(domainOf(name));
    expect(parseArgsFile(formatArgsFile(line))).toEqual(line);
  });

  test('is prepared once and for all', () => {
    const options = { firmwares: referenceFirmwares, nvramDirectory: '/nvram' };
    const prepared = prepareDomain(domainOf(name), options);
    expect(prepareDomain(prepared, options)).toEqual(prepared);
  });

  test('gives every object of QEMU a name of its own', () => {
    const ids = identifiersOf(referenceCommandLine(domainOf(name)).argv);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

/** Ids by the option that makes them: QEMU keeps each kind in a list of its own. */
function identifiersOf(argv: readonly string[]): string[] {
  return argv.flatMap((argument, index) => {
    const option = argv[index - 1] ?? '';
    const id = argument.startsWith('{') ? jsonId(argument) : /(?:^|,)id=([^,]+)/.exec(argument)?.[1];
    return id === undefined ? [] : [`${option} ${id}`];
  });
}

function jsonId(argument: string): string | undefined {
  const { id, 'node-name': node } = JSON.parse(argument) as { id?: string; 'node-name'?: string };
  return id ?? node;
}
