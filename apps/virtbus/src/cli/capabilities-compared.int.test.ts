/** What the command line prints of capabilities, next to what Debian's virsh prints of the same fleet. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emulatorFacts, hostFacts } from '@virtbus/contracts';
import { startApi, type RunningApi } from '@virtbus/api';
import { Bus } from '@virtbus/messaging';
import { eventually, recordedLog, startTestNats, type TestNats } from '@virtbus/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectBus } from './bus-fleet.js';
import { FakeSurroundings } from './fake/fake-surroundings.js';
import type { Fleet } from './fleet.js';
import { connectRest } from './rest-fleet.js';
import { runCommandLine } from './run.js';

const installed = spawnSync('virsh', ['--version']).status === 0;

describe.skipIf(!installed)('capabilities', () => {
  let nats: TestNats;
  let api: RunningApi;
  let host: Bus;
  let directory: string;
  const ways: Record<string, () => Promise<Fleet>> = {};

  beforeAll(async () => {
    nats = await startTestNats();
    directory = await mkdtemp(join(tmpdir(), 'vbk-'));
    const rest = { socket: join(directory, 'rest.sock') };
    const rpc = { socket: { path: join(directory, 'libvirt-sock'), mode: 0o600 } };
    api = await startApi({ servers: nats.url, signals: false, log: recordedLog(), rpc, rest });
    host = await Bus.connect({ servers: nats.url, name: 'test', owner: 'host-agent', provision: false, log: recordedLog() });
    await host.bucket(hostFacts).put({ hostId: hostFacts.example.hostId }, hostFacts.example);
    await host
      .bucket(emulatorFacts)
      .put({ hostId: hostFacts.example.hostId, target: emulatorFacts.example.target } as never, emulatorFacts.example);
    ways['over the bus'] = () => connectBus(nats.url, { environment: {}, uid: 1000 });
    ways['through a gateway'] = () => connectRest({ urls: [`unix:${rest.socket}`], token: undefined, origin: 'given' });
  });
  afterAll(async () => {
    await host?.drain();
    await api?.close();
    await nats?.stop();
    if (directory) await rm(directory, { recursive: true });
  });

  const virsh = (...words: readonly string[]): Promise<string> =>
    new Promise((resolve) => {
      const uri = `qemu+unix:///system?socket=${join(directory, 'libvirt-sock')}`;
      execFile('virsh', ['-c', uri, ...words], { timeout: 20_000 }, (_, out, complaint) => resolve(`${out}${complaint}`));
    });

  async function virtbus(way: string, ...words: readonly string[]): Promise<string> {
    const surroundings = new FakeSurroundings();
    await runCommandLine(words, surroundings, ways[way]!);
    return `${surroundings.written}${surroundings.complained}`;
  }

  test.each([
    ['capabilities', "<arch name='x86_64'>"],
    ['domcapabilities', '<domainCapabilities>'],
    ['domcapabilities --arch x86_64 --virttype qemu', '<domain>qemu</domain>'],
    ['domcapabilities --machine nothing', 'nothing'],
    ['domcapabilities --arch frob', 'unknown architecture: frob'],
    ['domcapabilities --virttype xen', 'xen'],
    ['domcapabilities --emulatorbin /bin/sh', '/bin/sh'],
    ['nodeinfo', 'CPU socket(s):       1'],
  ])('%s is what virsh prints', async (line, part) => {
    const words = line.split(' ');
    const theirs = await eventually(async () => {
      const said = await virsh(...words);
      return said.includes(part) ? said : undefined;
    });
    // Below XML virsh leaves two empty lines.
    for (const way of Object.keys(ways)) expect((await virtbus(way, ...words)).trim()).toBe(theirs.trim());
  });
});
