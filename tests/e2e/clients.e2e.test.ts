import { execFile, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guestXml, labXml, nic } from './guest-definitions.js';
import { TestFleet } from './test-fleet.js';
import { environment, prepareFixtures, removeFixtures } from '../virsh/surroundings.js';
import { converse, readTranscript, type Exchange } from '../virsh/transcript.js';

const run = promisify(execFile);
const clients = resolve(import.meta.dirname, '../clients');
const virshTests = resolve(import.meta.dirname, '../virsh');
const told = ({ line, answer }: Exchange): string => `$ ${line}\n${answer}`;

/** Programs that know libvirt and have never heard of virtbus. */
describe("libvirt's bindings", () => {
  let fleet: TestFleet;
  let uri: string;

  const virsh = async (...args: readonly string[]) => (await run('virsh', ['-q', '-c', uri, ...args])).stdout;
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(fleet.stateDir, name);
    await writeFile(path, text);
    return path;
  };

  beforeAll(async () => {
    fleet = await TestFleet.start({ separate: true });
    uri = `qemu+unix:///system?socket=${join(fleet.stateDir, 'libvirt-sock')}`;
    await virsh('net-define', await file('lab.xml', labXml));
    await virsh('net-start', 'lab');
  }, 60_000);

  afterAll(() => fleet.stop());

  /** What virsh is told here, and what a libvirtd has told it, of the commands that begin so. */
  async function bothOf(commands: RegExp): Promise<readonly [here: string[], there: string[]]> {
    const recorded = readTranscript(await readFile(join(virshTests, 'libvirt-transcript.txt'), 'utf8'));
    const there = recorded.filter(({ line }) => commands.test(line));
    const directory = await prepareFixtures();
    try {
      const options = { env: environment(directory) };
      const speak = (args: readonly string[]) => {
        const { status, stdout, stderr } = spawnSync('virsh', ['-c', uri, ...args], { ...options, encoding: 'utf8', timeout: 60_000 });
        return { status: status ?? -1, stdout, stderr };
      };
      const here = await converse(there.map(({ line }) => line).join('\n'), speak, { directory, uri });
      return [here.map(told), there.map(told)];
    } finally {
      await removeFixtures(directory);
    }
  }

  test('virsh: secrets, told as libvirtd tells them', async () => {
    const [here, there] = await bothOf(/^secret-/);
    expect(there.length).toBeGreaterThan(9);
    expect(here).toEqual(there);
  });

  test('Python: define, start, watch, read, stop, undefine', async () => {
    const xml = await file('python.xml', guestXml({ name: 'python', interfaces: nic('52:54:00:00:11:01') }));
    const { stdout } = await run(join(clients, 'life.py'), [uri, xml], { timeout: 90_000 });
    expect(stdout.replace(/[0-9a-f-]{36}/, 'UUID').replace(/vnet\d+/, 'vnetN')).toMatchInlineSnapshot(`
      "connected to QEMU alive
      defined python UUID
      started, state 1 reason 1 id above zero: True
      info: memory 114688 of it 114688 KiB, 1 processors, has run: True
      interface vnetN has 8 counters, none negative: True
      stats: state 1 interfaces 1
      memory statistics: True
      suspended and resumed
      refused: 55 Requested operation is not valid: domain is already running
      gone: 42
      heard: defined resumed started suspended resumed shutdown stopped undefined
      "
    `);
  });

  test('Python: network ports by hand, and of a running guest', async () => {
    const limits = "<bandwidth><inbound average='100'/><outbound average='50'/></bandwidth></interface>";
    const interfaces = nic('52:54:00:00:11:09').replace('</interface>', limits);
    await virsh('create', await file('ported.xml', guestXml({ name: 'ported', interfaces })));
    const { stdout } = await run(join(clients, 'ports.py'), [uri, 'lab', 'ported'], { timeout: 60_000 });
    await virsh('destroy', 'ported');
    expect(stdout).toMatchInlineSnapshot(`
      "made True 2
      limits {'inbound.average': 1000, 'inbound.peak': 2000, 'inbound.floor': 0, 'inbound.burst': 64, 'outbound.average': 500, 'outbound.peak': 0, 'outbound.burst': 0}
      changed {'inbound.average': 7, 'inbound.peak': 0, 'inbound.floor': 0, 'inbound.burst': 0, 'outbound.average': 8, 'outbound.peak': 0, 'outbound.burst': 9}
      what is not named is gone {'outbound.average': 5, 'outbound.peak': 0, 'outbound.burst': 0} True
      a second of its UUID refused: 106 19
      nothing that is plugged already refused: 8 19
      a plug without the flag refused: 8 19
      one that is gone refused: 107 19
      claimed again True
      the port of a guest's interface refused: 55 19
      its limits {'inbound.average': 100, 'inbound.peak': 0, 'inbound.floor': 0, 'inbound.burst': 0, 'outbound.average': 50, 'outbound.peak': 0, 'outbound.burst': 0}
      changed {'inbound.average': 300, 'inbound.peak': 0, 'inbound.floor': 0, 'inbound.burst': 0, 'outbound.average': 200, 'outbound.peak': 0, 'outbound.burst': 0}
      as its domain says 300 200
      "
    `);
  });

  test('Perl: define, start, watch, read, stop, undefine', async () => {
    const xml = await file('perl.xml', guestXml({ name: 'perl', interfaces: nic('52:54:00:00:11:02') }));
    const { stdout } = await run(join(clients, 'life.pl'), [uri, xml], { timeout: 90_000 });
    expect(stdout.replace(/[0-9a-f-]{36}/, 'UUID').replace(/vnet\d+/, 'vnetN')).toMatchInlineSnapshot(`
      "connected to QEMU
      defined perl UUID
      started, state 1, memory 114688 of it 114688 KiB, 1 processors
      interface vnetN has 8 counters
      suspended and resumed
      refused: 55 Requested operation is not valid: domain is already running
      gone: 42
      heard: defined resumed started suspended resumed shutdown stopped undefined
      "
    `);
  });
});
