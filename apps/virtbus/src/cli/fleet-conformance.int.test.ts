/** The same questions and orders, the same answers, whichever way the fleet is reached: over its bus or through a gateway. */
import { Controller, Module } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { startApi, type RunningApi } from '@virtbus/api';
import { createService, Handle, type Bus, type RunningService } from '@virtbus/messaging';
import { eventually, recordedLog, startTestNats, type TestNats } from '@virtbus/testing';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectBus } from './bus-fleet.js';
import type { Happened } from './core/happened.js';
import { FakeSurroundings } from './fake/fake-surroundings.js';
import type { Fleet } from './fleet.js';
import { connectRest } from './rest-fleet.js';
import { runCommandLine } from './run.js';

const hostId = `h${randomUUID().slice(0, 8)}`;
const uuid = randomUUID();

@Controller()
class SchedulerHandlers {
  @Handle(contracts.startDomain)
  async start({ domain, paused }: contracts.StartDomain) {
    if (paused) throw new contracts.Refusal('config_unsupported', 'unsupported configuration: no pause', { path: 'paused' });
    return { uuid, name: domain === uuid ? 'web' : domain };
  }
}
@Module({ controllers: [SchedulerHandlers] })
class SchedulerModule {}

@Controller()
class ConsoleHandlers {
  static bus: Bus;
  @Handle(contracts.openConsole)
  open() {
    const subject = `virtbus.v1.console.${randomUUID()}`;
    const { bus } = ConsoleHandlers;
    bus.subscribeBytes(`${subject}.in`, ({ bytes }) => {
      const text = Buffer.from(bytes).toString('utf8');
      if (text === 'bye') bus.publishBytes(`${subject}.out`, new Uint8Array());
      else if (text !== '') bus.publishBytes(`${subject}.out`, Buffer.from(text.toUpperCase()));
    });
    return { subject };
  }
}
@Module({ controllers: [ConsoleHandlers] })
class HostModule {}

const domainXml = `<domain type='qemu'><name>web</name><uuid>${uuid}</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>`;
const networkXml = '<network><name>lab</name></network>';

let nats: TestNats;
let api: RunningApi;
let host: Bus;
let directory: string;
const services: RunningService[] = [];
const socket = (): string => `unix:${join(directory, 'rest.sock')}`;

beforeAll(async () => {
  nats = await startTestNats();
  directory = await mkdtemp(join(tmpdir(), 'vbc-'));
  await writeFile(join(directory, 'web.xml'), domainXml);
  await writeFile(join(directory, 'lab.xml'), networkXml);
  const common = { servers: nats.url, signals: false, log: recordedLog() };
  api = await startApi({ ...common, rpc: {}, rest: { socket: join(directory, 'rest.sock') } });
  const agent = await createService(HostModule, { ...common, service: 'host-agent', tokens: { hostId } });
  services.push(api, await createService(SchedulerModule, { ...common, service: 'scheduler' }), agent);
  host = agent.bus;
  ConsoleHandlers.bus = host;
});
afterAll(async () => {
  for (const service of services) await service.close();
  await nats.stop();
  await rm(directory, { recursive: true });
});

const ways: Readonly<Record<string, () => Promise<Fleet>>> = {
  'over the bus': () => connectBus(nats.url, { environment: {}, uid: 1000 }),
  'through a gateway': () => connectRest({ urls: [socket()], token: undefined, origin: 'given' }),
};

describe.each(Object.keys(ways))('the fleet %s', (way) => {
  let fleet: Fleet;
  const run = { timeoutMs: 5_000 };
  beforeAll(async () => {
    fleet = await ways[way]!();
    await fleet.run('defineDomain', { xml: domainXml }, run);
    await fleet.run('defineNetwork', { xml: networkXml }, run);
  });
  afterAll(async () => {
    await fleet.run('undefineDomain', { domain: 'web' }, run);
    await fleet.run('undefineNetwork', { network: 'lab' }, run);
    await fleet.close();
  });

  test('answers what is asked', async () => {
    expect(await fleet.ask('getDomain', { domain: 'web' })).toMatchObject({ uuid, name: 'web', state: 'shutoff', interfaces: [] });
    expect((await fleet.ask('listDomains', {})).domains.map(({ name }) => name)).toContain('web');
    expect((await fleet.ask('getDomainXml', { domain: uuid, inactive: true })).xml).toContain('<name>web</name>');
    expect((await fleet.ask('listNetworks', {})).networks).toMatchObject([{ name: 'lab', active: false }]);
    expect((await fleet.ask('getNetworkXml', { network: 'lab' })).xml).toContain('<name>lab</name>');
    expect(await fleet.ask('listHosts', {})).toMatchObject({ hosts: [] });
  });

  test('refuses what it must, in the same words', async () => {
    const missing = {
      name: 'FleetError',
      code: 'no_domain',
      libvirt: 42,
      message: "Domain not found: no domain with matching name 'nope'",
    };
    await expect(fleet.ask('getDomain', { domain: 'nope' })).rejects.toMatchObject(missing);
    await expect(fleet.ask('listLeases', { network: 'lab' })).rejects.toMatchObject({ code: 'operation_invalid', libvirt: 55 });
    const bad = domainXml.replace('qemu', 'xen');
    await expect(fleet.run('defineDomain', { xml: bad }, run)).rejects.toMatchObject({
      code: 'config_unsupported',
      libvirt: 67,
      path: '/domain/@type',
    });
    await expect(fleet.run('startDomain', { domain: 'web', paused: true }, run)).rejects.toMatchObject({
      code: 'config_unsupported',
      path: 'paused',
    });
    await expect(fleet.run('cordonHost', { host: 'nowhere' }, run)).rejects.toMatchObject({ code: 'no_host' });
  });

  test('carries out what is ordered', async () => {
    let id = '';
    expect(await fleet.run('startDomain', { domain: uuid }, { ...run, onSent: (sent) => void (id = sent) })).toEqual({ uuid, name: 'web' });
    expect(id).not.toBe('');
    await fleet.run('setDomainAutostart', { domain: 'web', autostart: true }, run);
    expect(await fleet.ask('getDomain', { domain: 'web' })).toMatchObject({ autostart: true });
  });

  test('gives a domain another name', async () => {
    await fleet.run(
      'defineDomain',
      { xml: domainXml.replace('>web<', '>idle<').replace(uuid, 'c7a5fdbd-0000-0000-0000-0000000000ff') },
      run,
    );
    expect(await fleet.run('renameDomain', { domain: 'idle', name: 'spare' }, run)).toMatchObject({ name: 'spare' });
    await expect(fleet.run('renameDomain', { domain: 'spare', name: 'web' }, run)).rejects.toMatchObject({ code: 'operation_invalid' });
    await fleet.run('undefineDomain', { domain: 'spare' }, run);
  });

  test('replaces a definition only as it was read, when that is asked', async () => {
    const secret = domainXml.replace('</domain>', "<devices><graphics type='vnc' passwd='s3cret'/></devices></domain>");
    await fleet.run('defineDomain', { xml: secret }, run);
    const { xml, revision = 0 } = await fleet.ask('getDomainXml', { domain: 'web', inactive: true, secure: true });
    expect([xml, revision]).toEqual([expect.stringContaining("passwd='s3cret'"), expect.any(Number)]);
    await fleet.run('defineDomain', { xml: domainXml, revision }, run);
    await expect(fleet.run('defineDomain', { xml: secret, revision }, run)).rejects.toMatchObject({ code: 'revision_conflict' });
    const network = await fleet.ask('getNetworkXml', { network: 'lab', inactive: true });
    await fleet.run('defineNetwork', network, run);
    await expect(fleet.run('defineNetwork', network, run)).rejects.toMatchObject({ code: 'revision_conflict' });
  });

  test('gives up on what nobody carries out, and says what to look for', async () => {
    const overdue = fleet.run('suspendDomain', { domain: 'web' }, { timeoutMs: 300 });
    await expect(overdue).rejects.toMatchObject({ code: 'service_unreachable', message: expect.stringContaining('has not ended within') });
  });

  test('tells what happens', async () => {
    const happened: Happened[] = [];
    await fleet.watch((one) => happened.push(one));
    const at = '2026-11-21T09:10:47.476Z';
    await host.publish(contracts.domainStarted, { uuid, name: 'web', detail: 'booted', at, hostId, epoch: 1 }, { tokens: { uuid } });
    await eventually(() => happened.length > 0);
    expect(happened).toEqual([{ what: 'started', uuid, name: 'web', detail: 'booted', at, hostId }]);
  });

  test('opens a console, which ends from either side', async () => {
    const scheduler = services[1]!.bus;
    await scheduler.bucket(contracts.placements).put({ uuid }, { ...contracts.placements.example, hostId, epoch: 1 });
    await eventually(async () => (await fleet.ask('getDomain', { domain: 'web' })).hostId === hostId);
    const line = await eventually(() => fleet.openConsole({ hostId, uuid }).catch(() => undefined));
    let shown = '';
    line.onBytes((bytes) => void (shown += Buffer.from(bytes).toString('utf8')));
    line.send(Buffer.from('hello'));
    await eventually(() => shown === 'HELLO');
    line.send(Buffer.from('bye'));
    await line.ended;
    await line.close();
    const other = await fleet.openConsole({ hostId, uuid });
    await other.close();
    await other.ended;
    await scheduler.bucket(contracts.placements).delete({ uuid });
    await eventually(async () => (await fleet.ask('getDomain', { domain: 'web' })).state === 'shutoff');
  });
});

test('a gateway that is not there is said, with what to do', async () => {
  const connecting = connectRest({ urls: ['http://127.0.0.1:1'], token: undefined, origin: 'given by --url' });
  await expect(connecting).rejects.toMatchObject({
    code: 'fleet_unreachable',
    message: expect.stringContaining('no gateway to talk to at http://127.0.0.1:1 (given by --url)'),
  });
});

test('every command prints the same, whichever way the fleet is reached', async () => {
  const lines = [
    `define ${directory}/web.xml`,
    `net-define ${directory}/lab.xml`,
    'list --all',
    'list --all --name --uuid',
    'dominfo web',
    'domstate web --reason',
    'dumpxml web',
    'domiflist web',
    'autostart web',
    'list --all --autostart',
    'net-list --all',
    'net-info lab',
    'net-dumpxml lab',
    'net-start lab',
    'net-start lab',
    'net-dhcp-leases lab',
    'hosts',
    'start nope',
    'start web --paused',
    'start web',
    'cordon nowhere',
    'token-list',
    'dominfo nope',
    'net-destroy lab',
    'net-undefine lab',
    'undefine web',
    'list --all --json',
  ];
  const answers = async (way: string): Promise<string[]> => {
    const found: string[] = [];
    for (const line of lines) {
      const surroundings = new FakeSurroundings();
      for (const name of ['web', 'lab'])
        surroundings.files.set(
          `${directory}/${name}.xml`,
          name === 'web' ? domainXml : networkXml.replace('</name>', `</name><uuid>${uuid}</uuid><mac address='52:54:00:00:00:01'/>`),
        );
      const status = await runCommandLine(line.split(' '), surroundings, ways[way]!);
      found.push(`$ ${line}\n${surroundings.written}${surroundings.complained}→ ${status}`);
    }
    return found;
  };
  const bus = await answers('over the bus');
  expect(await answers('through a gateway')).toEqual(bus);
  expect(bus.filter((one) => one.endsWith('→ 0')).length).toBeGreaterThan(18);
});
