/** libvirt's own cases, where the corpus lies beside the repository. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { assignDefaults, parseDomain } from '@virtbus/libvirt-xml';
import { describe, expect, test } from 'vitest';
import { referenceCapabilities } from '../reference/reference-capabilities.js';
import { referenceCommandLine } from '../reference/reference-command-line.js';
import { judgeCase, type ArgvCase, type CaseOutcome } from './case.js';

const directory = fileURLToPath(new URL('../../../../../shared/corpus/domain-argv/', import.meta.url));
const read = (file: string): string | undefined =>
  existsSync(`${directory}${file}`) ? readFileSync(`${directory}${file}`, 'utf8') : undefined;

function casesOf(): ArgvCase[] {
  const names = new Set(readdirSync(directory).map((file) => file.replace(/\.(xml|args|err)$/, '')));
  return [...names].toSorted().map((name) => {
    const [args, err] = [read(`${name}.args`), read(`${name}.err`)];
    return { name, xml: read(`${name}.xml`) ?? '', ...(args !== undefined && { args }), ...(err !== undefined && { err }) };
  });
}

const judge = (one: ArgvCase): CaseOutcome =>
  judgeCase(one, (xml) => referenceCommandLine(assignDefaults(parseDomain(xml), referenceCapabilities)));

describe.skipIf(!existsSync(directory))('the corpus of command lines', () => {
  test('every case about interfaces passes', () => {
    const cases = casesOf().filter(({ name }) => /^(net-|virtio-options-net-|hostdev-net)/.test(name));
    expect(cases.length).toBeGreaterThan(0);
    expect(cases.map((one) => [one.name, judge(one)])).toEqual(cases.map(({ name }) => [name, { type: 'passed' }]));
  });

  test('what libvirt refuses is refused', () => {
    const accepted = casesOf().filter((one) => judge(one).type === 'wrongly_accepted');
    expect(accepted.map(({ name }) => name)).toEqual([]);
  });

  test('at least 95 of 100 cases pass', () => {
    const cases = casesOf();
    const failed = cases.filter((one) => judge(one).type !== 'passed').map(({ name }) => name);
    expect(failed.length / cases.length, failed.join(' ')).toBeLessThanOrEqual(0.05);
  });
});
