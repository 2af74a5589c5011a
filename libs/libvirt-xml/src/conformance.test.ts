/** libvirt's own answers, where they lie beside the project: pairs of documents, and definitions with what came of them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { assignDefaults } from './assign/assign-defaults.js';
import { judge } from './corpus/compare.js';
import { recordedHosts } from './corpus/profiles.js';
import { suites } from './corpus/suites.js';
import { formatInterface, formatNetwork, parseDomain, parseNetwork } from './documents.js';
import { LibvirtError } from './errors/libvirt-error.js';
import { validateNetwork } from './network/validate-network.js';
import { validateDomain } from './validate/validate-domain.js';

const shared = new URL('../../../../shared/', import.meta.url);
const here = existsSync(shared);

/** Least share of a suite's pairs that must pass. */
const shares = { 'network-xml': 1, 'network-port-xml': 1, 'domain-xml': 0.97 };

describe.skipIf(!here)('pairs', () => {
  test.each(Object.entries(shares))('%s', (name, share) => {
    const directory = new URL(`corpus/${name}/`, shared);
    const inputs = readdirSync(directory).filter((file) => file.endsWith('.xml') && !file.endsWith('.out.xml'));
    const failed = inputs.filter((file) => {
      const input = readFileSync(new URL(file, directory), 'utf8');
      const answer = new URL(file.replace('.xml', '.out.xml'), directory);
      const expected = existsSync(answer) ? readFileSync(answer, 'utf8') : input;
      return judge({ name: file, input, expected }, suites[name]!(input)).type !== 'passed';
    });
    expect(1 - failed.length / inputs.length, failed.join(' ')).toBeGreaterThanOrEqual(share);
  });
});

interface Recorded {
  readonly input: string;
  /** The normalised document, or the number of the error. */
  readonly answer: string;
}

/** Recordings are a line with OK or ERR and the input, then a line with the answer. */
function recordings(file: string): readonly Recorded[] {
  const lines = readFileSync(new URL(`oracle/${file}`, shared), 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    const input = /^(?:OK|ERR)\s+(<.*>)\s*$/.exec(line)?.[1];
    const next = lines[index + 1]?.trim() ?? '';
    return input === undefined ? [] : [{ input, answer: /code=(\d+)/.exec(next)?.[1] ?? next.replace(/^-> /, '') }];
  });
}

const oneLine = (xml: string): string => xml.replace(/>\s+</g, '><').trim();
/** Ids that are made up, and empty elements in either writing, are the same. */
const sameWords = (xml: string): string =>
  xml.replace(/'[0-9a-f]{8}-[0-9a-f-]{27}'/g, "'id'").replace(/<(\w+)( [^<>]*)?><\/\1>/g, '<$1$2/>');

function answerTo(act: () => string): string {
  try {
    return sameWords(oneLine(act()));
  } catch (error) {
    if (error instanceof LibvirtError) return String(error.code);
    throw error;
  }
}

let ids = 0;
const newUuid = (): string => `00000000-0000-4000-8000-${String((ids += 1)).padStart(12, '0')}`;

/** The interface without what defining adds to every one: its MAC, and its PCI place. */
function defineInterface(input: string): string {
  const xml = `<domain type='qemu'><name>a</name><memory>65536</memory><os><type arch='x86_64' machine='pc'>hvm</type></os><devices>${input}</devices></domain>`;
  const given = parseDomain(xml, { newUuid, newMac: () => '52:54:00:00:00:01' });
  const capabilities = recordedHosts['recent QEMU']!(given);
  const def = assignDefaults(given, capabilities);
  validateDomain(def, capabilities);
  return formatInterface(def.devices.interface[0]!)
    .replace(/ *<mac .*>\n/, '')
    .replace(/ *<address type='pci' domain='0x0000' bus='0x00' slot='0x02' .*>\n/, '');
}

function defineNetwork(input: string): string {
  const def = parseNetwork(input);
  validateNetwork(def);
  return formatNetwork(def)
    .replace("<bridge stp='on'", "<bridge name='virbr1' stp='on'")
    .replace("<bridge zone='public'", "<bridge name='virbr1' zone='public'");
}

/** libvirt was built there without passt, and asked its host for PCI devices. */
const elsewhere = /passt|<address type='pci' domain='0' bus='0' slot='2' function='0'\/><\/forward>/;

const recorded = (file: string): readonly (readonly [string, string])[] =>
  here
    ? recordings(file)
        .filter(({ input }) => !elsewhere.test(input))
        .map(({ input, answer }) => [input, answer] as const)
    : [];

describe.skipIf(!here)('recorded definitions', () => {
  test.each(recorded('interface-define.txt'))('%s', (input, answer) =>
    expect(answerTo(() => defineInterface(input))).toBe(sameWords(answer)),
  );
  test.each(recorded('network-define.txt'))('%s', (input, answer) => expect(answerTo(() => defineNetwork(input))).toBe(sameWords(answer)));
});
