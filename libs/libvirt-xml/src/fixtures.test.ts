/** Documents of our own, with what they must read back as once defined; each answer was compared with libvirt's. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { assignDefaults } from './assign/assign-defaults.js';
import { recordedHosts } from './corpus/profiles.js';
import {
  formatDomain,
  formatNetwork,
  formatSecret,
  formatStoragePool,
  formatStorageVolume,
  parseDomain,
  parseNetwork,
  parseSecret,
  parseStoragePool,
  parseStorageVolume,
} from './documents.js';
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

const others: Readonly<Record<string, (xml: string) => string>> = {
  pool: (xml) => formatStoragePool(parseStoragePool(xml)),
  volume: (xml) => formatStorageVolume(parseStorageVolume(xml)),
  secret: (xml) => formatSecret(parseSecret(xml)),
};

describe.each(Object.entries(others))('%s', (kind, again) => {
  test.each(pairs(kind))('%s is defined as libvirt defines it', (_, input, output) => expect(again(input)).toBe(output));
  test.each(pairs(kind))('%s is written the same a second time', (_, __, output) => expect(again(output)).toBe(output));
});

test('what a volume is on its host is read and written with the live flavour alone', () => {
  const given = `<volume type='file'>
  <name>a</name>
  <key>/p/a</key>
  <capacity unit='bytes'>1024</capacity>
  <allocation unit='bytes'>4096</allocation>
  <physical unit='bytes'>1024</physical>
  <target>
    <path>/p/a</path>
    <format type='raw'/>
    <timestamps>
      <atime>1795757788.658922084</atime>
    </timestamps>
  </target>
</volume>
`;
  const live = { flavour: 'live' } as const;
  expect(formatStorageVolume(parseStorageVolume(given, live), live)).toBe(given);
  expect(Object.keys(parseStorageVolume(given))).toEqual(['type', 'name', 'capacity', 'allocation', 'target']);
});
