/** What the command line says of every event that domains have, next to what Debian's virsh says of the same ones. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as contracts from '@virtbus/contracts';
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
const uuid = randomUUID();
const nudge = "event 'reboot' for domain 'web'";
const xml = `<domain type='qemu'><name>web</name><uuid>${uuid}</uuid><memory unit='MiB'>64</memory><os><type>hvm</type></os></domain>`;

interface DomainEvent {
  readonly contract: contracts.EventContract;
  readonly payload: object;
}

const isOfDomains = (contract: unknown): contract is contracts.EventContract =>
  typeof contract === 'object' &&
  contract !== null &&
  'kind' in contract &&
  contract.kind === 'event' &&
  'subject' in contract &&
  String(contract.subject).startsWith('virtbus.v1.evt.domain.');

/** What clients of libvirt are never told of. */
const ofTheFleet = new Set(['placed', 'rxfilterchanged']);
const what = ({ subject }: contracts.EventContract): string => subject.split('.').at(-1) ?? '';

/** Ways of an event that are worded in another way than its example. */
const others: Readonly<Record<string, readonly object[]>> = {
  metadatachanged: [{ detail: 'description' }, { detail: 'element', uri: 'http://example.org/' }],
  traychanged: [{ detail: 'close', open: false }],
  rtcchanged: [{ detail: '-60', offsetSeconds: -60 }],
  agentlifecycle: [{ detail: 'disconnected' }, { detail: 'disconnected', cause: 'started' }],
  ioerror: [
    { source: undefined, detail: 'report', action: 'report', reason: '' },
    { detail: 'none', action: 'none' },
  ],
  blockthreshold: [{ source: undefined, excessBytes: 0 }],
  graphics: [
    { detail: 'disconnect', phase: 'disconnect', remote: { family: 'ipv6', address: '::1', service: '1' } },
    { detail: 'initialize', phase: 'initialize', local: { family: 'unix', address: '/vnc.sock', service: '' }, authScheme: '' },
  ],
  memoryfailure: [
    { detail: 'ignore', recipient: 'hypervisor', action: 'ignore', actionRequired: false, recursive: true },
    { detail: 'fatal', action: 'fatal', actionRequired: false },
    { detail: 'reset', action: 'reset', actionRequired: true, recursive: true },
  ],
};
const lives: Readonly<Record<string, { readonly details: object }>> = contracts.lifecycleNumbers;
const detailsOf = (name: string): object[] => Object.keys(lives[name]?.details ?? {}).map((detail) => ({ detail }));

function* domainEvents(): Generator<DomainEvent> {
  const found = Object.values<unknown>(contracts)
    .filter(isOfDomains)
    .filter((contract) => !ofTheFleet.has(what(contract)));
  for (const contract of found) {
    const example = { ...contract.example, uuid, name: 'web' };
    yield { contract, payload: example };
    for (const other of [...detailsOf(what(contract)), ...(others[what(contract)] ?? [])])
      yield { contract, payload: { ...example, ...other } };
  }
}

describe.skipIf(!installed)('events of domains', () => {
  let nats: TestNats;
  let api: RunningApi;
  let directory: string;
  let virsh: ChildProcess | undefined;
  const buses: Record<string, Bus> = {};
  let ways: Readonly<Record<string, () => Promise<Fleet>>>;

  beforeAll(async () => {
    nats = await startTestNats();
    directory = await mkdtemp(join(tmpdir(), 'vbv-'));
    const rest = { socket: join(directory, 'rest.sock') };
    const rpc = { socket: { path: join(directory, 'libvirt-sock'), mode: 0o600 } };
    api = await startApi({ servers: nats.url, signals: false, log: recordedLog(), rpc, rest });
    for (const owner of ['host-agent', 'api', 'scheduler'] as const)
      buses[owner] = await Bus.connect({ servers: nats.url, name: 'test', owner, provision: false, log: recordedLog() });
    ways = {
      'over the bus': () => connectBus(nats.url, { environment: {}, uid: 1000 }),
      'through a gateway': () => connectRest({ urls: [`unix:${rest.socket}`], token: undefined, origin: 'given' }),
    };
  });
  afterAll(async () => {
    virsh?.kill('SIGKILL');
    for (const bus of Object.values(buses)) await bus.drain();
    await api?.close();
    await nats?.stop();
    if (directory) await rm(directory, { recursive: true });
  });

  test('are told in virsh’s words, whichever way the fleet is reached', async () => {
    const fleet = await ways['over the bus']!();
    await fleet.run('defineDomain', { xml }, { timeoutMs: 5_000 });
    virsh = spawn('virsh', ['-c', `qemu+unix:///system?socket=${join(directory, 'libvirt-sock')}`, 'event', '--all', '--loop']);
    let theirs = '';
    virsh.stdout?.on('data', (chunk: Buffer) => (theirs += chunk.toString()));
    const own = Object.values(ways).map((connect) => {
      const surroundings = new FakeSurroundings();
      return { surroundings, ended: runCommandLine(['event', '--all', '--loop'], surroundings, connect) };
    });
    const tell = ({ contract, payload }: DomainEvent) => buses[contract.owner]!.publish(contract, payload, { tokens: { uuid } });
    const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.endsWith(nudge));
    // Nobody says when they listen: they are told of something else until they have heard it.
    await eventually(async () => {
      await tell({ contract: contracts.domainRebooted, payload: { ...contracts.domainRebooted.example, uuid, name: 'web' } });
      return [theirs, ...own.map(({ surroundings }) => surroundings.written)].every((text) => text.includes(nudge));
    });
    for (const one of domainEvents()) await tell(one);
    await eventually(() => theirs.includes("'control-error'"));
    for (const { surroundings, ended } of own) {
      await eventually(() => surroundings.written.includes("'control-error'"));
      surroundings.interrupt();
      expect(await ended).toBe(0);
      expect(lines(surroundings.written).slice(0, -2)).toEqual(lines(theirs));
    }
    await fleet.close();
  });

  test.each([[[]], [['--timestamp']], [['--pretty', '--domain', 'web']], [['--regex', '--no-case', '--event', '^rtc']]])(
    'of monitors are told in virsh’s words: %j',
    async (options) => {
      const hostId = 'host-a';
      await buses['scheduler']!.bucket(contracts.placements).put({ uuid }, { ...contracts.placements.example, uuid, hostId });
      virsh?.kill('SIGKILL');
      const words = ['qemu-monitor-event', '--loop', ...options];
      virsh = spawn('virsh', ['-c', `qemu+unix:///system?socket=${join(directory, 'libvirt-sock')}`, ...words]);
      let theirs = '';
      virsh.stdout?.on('data', (chunk: Buffer) => (theirs += chunk.toString()));
      const surroundings = new FakeSurroundings();
      const ended = runCommandLine(words, surroundings, ways['over the bus']!);
      const tell = (event: string, more: object = {}): void => {
        const happening = { uuid, name: 'web', event, seconds: 1_795_000_000, microseconds: 76_005, ...more };
        buses['host-agent']!.signal(contracts.monitorEvent, happening, { tokens: { hostId, uuid } });
      };
      await eventually(() => {
        tell('RTC_NUDGE');
        return theirs.includes('NUDGE') && surroundings.written.includes('NUDGE');
      });
      tell('STOP', { missed: 7 });
      tell('DEVICE_DELETED', { details: '{"device":"net1","path":"/machine/peripheral/net1","list":[1,{"a":null}]}' });
      tell('RTC_CHANGE', { details: '{"offset":3600}' });
      await eventually(() => theirs.includes('3600') && surroundings.written.includes('3600'));
      surroundings.interrupt();
      expect(await ended).toBe(0);
      // virsh's time is when it heard of it.
      const since = (text: string): string =>
        text
          .slice(text.lastIndexOf('NUDGE'))
          .replace(/^.*\n/, '')
          .replaceAll(/^20.*?: /gm, '')
          .trimEnd();
      expect(
        since(surroundings.written)
          .replace(/\nevent loop interrupted\n.*$/s, '')
          .trimEnd(),
      ).toBe(since(theirs));
    },
  );
});
