import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Spoken } from '@virtbus/testing';
import { differences } from '../virsh/differences-table.js';
import { differing, pageOf, unfounded, type Compared } from '../virsh/page.js';
import { commandsText, environment, prepareFixtures, removeFixtures } from '../virsh/surroundings.js';
import { converse, readTranscript, type Exchange } from '../virsh/transcript.js';
import { TestFleet } from './test-fleet.js';

const transcript = resolve(import.meta.dirname, '../virsh/libvirt-transcript.txt');
const page = resolve(import.meta.dirname, '../../docs/generated/virsh.md');
const installed = spawnSync('virsh', ['--version']).status === 0;

/** Commands in order, each on what the ones before it have left: one conversation, asked once. */
describe.skipIf(!installed)('Debian’s virsh, on a fresh fleet and on libvirtd', () => {
  let fleet: TestFleet;
  let directory: string;
  let asked: Exchange[];
  let found: Compared[];

  beforeAll(async () => {
    fleet = await TestFleet.start({ separate: true });
    directory = await prepareFixtures();
    const uri = `qemu+unix:///system?socket=${join(fleet.stateDir, 'libvirt-sock')}`;
    const virsh = (args: readonly string[]): Spoken => {
      const options = { env: environment(directory), encoding: 'utf8', timeout: 30_000 } as const;
      const { status, stdout, stderr } = spawnSync('virsh', ['-c', uri, ...args], options);
      return { status: status ?? -1, stdout, stderr };
    };
    asked = await converse(await commandsText(), virsh, { directory, uri });
    found = differing(readTranscript(await readFile(transcript, 'utf8')), asked, differences);
  }, 400_000);

  afterAll(async () => {
    await fleet?.stop();
    if (directory) await removeFixtures(directory);
  });

  test('are asked at least 550 commands', () => expect(asked.length).toBeGreaterThanOrEqual(550));

  test('answer alike, or it is said why not', () => expect(found.filter(({ why }) => why === undefined)).toEqual([]));

  test('no difference is excused that there is not', () => expect(unfounded(found, differences)).toEqual([]));

  test('docs/generated/virsh.md lists the differences (vitest -u writes it anew)', async () => {
    await expect(pageOf(asked, found)).toMatchFileSnapshot(page);
  });
});
