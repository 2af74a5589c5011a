/** Documents of our own, with what they must read back as once defined; each answer was compared with libvirt's. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { assignDefaults } from './assign/assign-defaults.js';
import { recordedHosts } from './corpus/profiles.js';
import { formatDomain, formatNetwork, parseDomain, parseNetwork } from './documents.js';
import { validateNetwork } from './network/validate-network.js';
import { validateDomain } from './validate/validate-domain.js';

const directory = new URL('../fixtures/', import.meta.url);

function pairs(kind: string): readonly (readonly [name: string, input: string, output: string])[] {
  const names = readdirSync(new URL(`${kind}/`, directory)).filter((file) => !file.endsWith('.out.xml'));
  const read = (file: string) => readFileSync(new URL(`${kind}/${file}`, directory), 'utf8');
  return names.map((file) => [file.slice(0, -4), read(file), read(file.replace('.xml', '.out.xml'))] as const);
}

const defineDomain = (xml: string): string => {
  const given = parseDomain(xml);
  const capabilities = recordedHosts['recent QEMU']!(given);
  const def = assignDefaults(given, capabilities);
  validateDomain(def, capabilities);
  return formatDomain(def);
};

const defineNetwork = (xml: string): string => {
  const def = parseNetwork(xml);
  validateNetwork(def);
  return formatNetwork(def);
};

test.each(pairs('domain'))('domain %s is defined as libvirt defines it', (_, input, output) => expect(defineDomain(input)).toBe(output));
test.each(pairs('network'))('network %s is defined as libvirt defines it', (_, input, output) => expect(defineNetwork(input)).toBe(output));

test.each(pairs('domain'))('domain %s is written the same a second time', (_, __, output) => {
  const once = formatDomain(parseDomain(output));
  expect(formatDomain(parseDomain(once))).toBe(once);
});

test.each(pairs('network'))('network %s is written the same a second time', (_, __, output) =>
  expect(formatNetwork(parseNetwork(output))).toBe(output),
);
