import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runSuites } from './corpus.js';
import { commandLineOf } from './documents.js';

const domain = (
  rest = '',
): string => `<domain type='qemu'><name>web</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid><memory unit='MiB'>64</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os><devices>${rest}<memballoon model='none'/></devices></domain>`;
const WRONG = domain("<disk type='file' device='cdrom'><source file='/i'/><target dev='hda' bus='virtio'/></disk>");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtbus-corpus-'));
  mkdirSync(join(folder, 'domain-argv'));
  const put = (name: string, text: string): void => writeFileSync(join(folder, 'domain-argv', name), text);
  const args = commandLineOf(domain());
  put('other.args', args.replace('-m 64', '-m 65'));
  put('refused.args', args);
  put('same.args', args.replace('fd=1729', 'fd=3'));
  for (const name of ['other', 'same', 'taken']) put(`${name}.xml`, domain());
  for (const name of ['refused', 'rejected']) put(`${name}.xml`, WRONG);
  for (const name of ['taken', 'rejected']) put(`${name}.err`, 'it must not be');
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each(['', 'domain-argv'])('every case of %j is judged', (suite) => {
  expect(runSuites(join(folder, suite))).toEqual([
    {
      suite: 'domain-argv',
      outcomes: [
        { name: 'other', outcome: { type: 'failed', difference: 'expected -m 65, got -m 64' } },
        { name: 'refused', outcome: { type: 'failed', difference: expect.stringMatching(/^refused: unsupported configuration: /) } },
        { name: 'rejected', outcome: { type: 'passed' } },
        { name: 'same', outcome: { type: 'passed' } },
        { name: 'taken', outcome: { type: 'wronglyAccepted' } },
      ],
    },
  ]);
});
