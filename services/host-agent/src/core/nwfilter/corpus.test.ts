import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filterDifference } from './corpus-case.js';

const corpus = join(import.meta.dirname, '../../../../../../shared/corpus/nwfilter-firewall');
const names = existsSync(corpus)
  ? readdirSync(corpus).flatMap((file) => (file.endsWith('-linux.args') ? [file.slice(0, -'-linux.args'.length)] : []))
  : [];

/** What nftables cannot say on a bridge: said in so many words instead. */
const refusals: Readonly<Record<string, string>> = { arp: "gratuitous='true'" };

describe.skipIf(names.length === 0)("libvirt's own cases", () => {
  test.each(names)('%s comes to the same rules', (name) => {
    const [xml, commands] = [`${name}.xml`, `${name}-linux.args`].map((file) => readFileSync(join(corpus, file), 'utf8'));
    const difference = filterDifference(xml ?? '', commands ?? '');
    const refusal = refusals[name];
    if (refusal === undefined) expect(difference).toBeUndefined();
    else expect(difference).toContain(refusal);
  });
});

const filter = (rule: string): string => `<filter name='f'><uuid>5c6d49af-b071-6127-b4ec-6f8ed4b55335</uuid>${rule}</filter>`;
const COMMANDS = 'ebtables -t nat -A libvirt-J-vnet0 -p 0x806 -j DROP\n';

test('a rule that is not the same is a difference', () => {
  expect(filterDifference(filter("<rule action='drop' direction='out'><mac protocolid='arp'/></rule>"), COMMANDS)).toBeUndefined();
  expect(filterDifference(filter("<rule action='accept' direction='out'><mac protocolid='arp'/></rule>"), COMMANDS)).toBe(
    'out2: expected ether type=2054 drop, got ether type=2054 accept',
  );
  expect(filterDifference(filter(''), COMMANDS)).toMatch(/^out2: expected ether type=2054 drop, got the end$/);
});
