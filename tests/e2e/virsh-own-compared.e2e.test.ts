/** What virtbus's own command line says, next to what virsh says of libvirtd: the same commands in the same order, on a fresh fleet. */
import { execFile, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Spoken } from '@virtbus/testing';
import { connectBus } from '../../apps/virtbus/src/cli/bus-fleet.js';
import { commands } from '../../apps/virtbus/src/cli/command-table.js';
import { processSurroundings } from '../../apps/virtbus/src/cli/process-surroundings.js';
import { runCommandLine } from '../../apps/virtbus/src/cli/run.js';
import { ownDifferences } from '../virsh/own-differences-table.js';
import { differing, unfounded, type Compared } from '../virsh/page.js';
import { commandsText, environment, prepareFixtures, removeFixtures } from '../virsh/surroundings.js';
import { converse, readTranscript, type Exchange } from '../virsh/transcript.js';
import { TestFleet } from './test-fleet.js';

const transcript = resolve(import.meta.dirname, '../virsh/libvirt-transcript.txt');
const installed = spawnSync('virsh', ['--version']).status === 0;

const isOwn = (name = ''): boolean => Object.hasOwn(commands, name);
/**
 * virsh leaves an empty line behind most answers, and blanks at the end of some lines; virtbus has one rule. On which host a domain is,
 * only virtbus says.
 */
const trimmed = (exchange: Exchange): Exchange => ({
  ...exchange,
  answer: exchange.answer
    .replaceAll(/^\|Host: .*\n/gm, '')
    .replaceAll(/ +$/gm, '')
    .replaceAll(/\|\n(?!\|)/g, ''),
});

async function virtbus(args: readonly string[], url: string): Promise<Spoken> {
  const said = { stdout: '', stderr: '' };
  const sink = (way: 'stdout' | 'stderr') => ({ write: (text: string | Uint8Array) => void (said[way] += Buffer.from(text).toString()) });
  const surroundings = { ...processSurroundings(), stdout: sink('stdout'), stderr: sink('stderr') };
  const status = await runCommandLine(args, surroundings, () => connectBus(url, { environment: {}, uid: 0 }));
  return { status, ...said };
}

describe.skipIf(!installed)('virtbus on a fresh fleet, and Debian’s virsh on libvirtd', () => {
  let fleet: TestFleet;
  let directory: string;
  let own: Exchange[];
  let found: Compared[];

  beforeAll(async () => {
    fleet = await TestFleet.start();
    directory = await prepareFixtures();
    const uri = `qemu+unix:///system?socket=${join(fleet.stateDir, 'libvirt-sock')}`;
    // What virtbus has no command for is done all the same: the next commands build on it.
    const virsh = (args: readonly string[]): Promise<Spoken> =>
      new Promise((resolved) => {
        const options = { env: environment(directory), timeout: 30_000 };
        const child = execFile('virsh', ['-c', uri, ...args], options, (_, stdout, stderr) =>
          resolved({ status: child.exitCode ?? -1, stdout, stderr }),
        );
      });
    const speak = (args: readonly string[]) => (isOwn(args[0]) ? virtbus(args, fleet.fleet.url) : virsh(args));
    const asked = await converse(await commandsText(), speak, { directory, uri });
    const ofOwn = ({ line }: Exchange): boolean => isOwn(line.split(' ')[0]);
    own = asked.filter(ofOwn).map(trimmed);
    const theirs = readTranscript(await readFile(transcript, 'utf8'))
      .filter(ofOwn)
      .map(trimmed);
    found = differing(theirs, own, ownDifferences);
  }, 180_000);

  afterAll(async () => {
    await fleet?.stop();
    if (directory) await removeFixtures(directory);
  });

  test('are asked at least 300 commands', () => expect(own.length).toBeGreaterThanOrEqual(300));

  test('say the same, or it is said why not', () => expect(found.filter(({ why }) => why === undefined)).toEqual([]));

  test('no difference is excused that there is not', () => expect(unfounded(found, ownDifferences)).toEqual([]));
});
