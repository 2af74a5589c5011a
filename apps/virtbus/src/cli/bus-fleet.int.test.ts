import { createServer, type AddressInfo, type Server } from 'node:net';
import { Controller, Module } from '@nestjs/common';
import { getDomain, openConsole, Refusal, startDomain, domainStarted, type DomainRef, type StartDomain } from '@virtbus/contracts';
import { Bus, createService, Handle, type RunningService } from '@virtbus/messaging';
import { eventually, recordedLog, startTestNats, type TestNats } from '@virtbus/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectBus } from './bus-fleet.js';
import type { Happened } from './core/happened.js';
import type { Fleet } from './fleet.js';

const uuid = randomUUID();
const hostId = `h${randomUUID().slice(0, 8)}`;
const surroundings = { environment: {}, uid: 1000 };

async function refusalAt(url: string): Promise<string> {
  const begun = performance.now();
  const words = await connectBus(url, surroundings).then(
    () => 'connected',
    (error: unknown) => String(error),
  );
  expect(performance.now() - begun).toBeLessThan(4_500);
  return words;
}

describe('without a server', () => {
  let silent: Server;
  beforeAll(async () => {
    silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => void silent.close());

  test('one that never says a word is given up, and what was tried is told', async () => {
    const url = `nats://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const words = `FleetError: no NATS server to talk to at ${url} (given by --url): no answer within 3 s`;
    expect(await refusalAt(url)).toBe(`${words}\nrun 'virtbus up', or say where the server is with --url or VIRTBUS_NATS_URL`);
  });

  test('none at all as well', async () => {
    expect(await refusalAt('nats://127.0.0.1:1')).toMatch(/^FleetError: no NATS server to talk to at nats:\/\/127\.0\.0\.1:1 /);
  });
});

const summary = { state: 'shutoff', reason: 'shutdown', persistent: true, autostart: false, type: 'qemu', arch: 'x86_64' } as const;
const size = { vcpus: 1, memoryKiB: 1024, maxMemoryKiB: 1024 };

@Controller()
class ApiHandlers {
  @Handle(getDomain)
  get({ domain }: DomainRef) {
    if (domain !== 'web') throw new Refusal('no_domain', `Domain not found: no domain with matching name '${domain}'`);
    return { ...summary, ...size, uuid, name: domain, interfaces: [] };
  }
}
@Module({ controllers: [ApiHandlers] })
class ApiModule {}

@Controller()
class SchedulerHandlers {
  @Handle(startDomain)
  start({ domain, paused }: StartDomain) {
    if (paused) throw new Refusal('config_unsupported', 'unsupported configuration: no pause', { path: 'paused' });
    return { uuid, name: domain };
  }
}
@Module({ controllers: [SchedulerHandlers] })
class SchedulerModule {}

/** The host's end of a console: what it gets comes back in capitals. */
@Controller()
class ConsoleHandlers {
  static heard: string[] = [];
  static bus: Bus;
  @Handle(openConsole)
  open() {
    const subject = `virtbus.v1.console.${randomUUID()}`;
    const { bus, heard } = ConsoleHandlers;
    bus.subscribeBytes(`${subject}.in`, ({ bytes, headers }) => {
      const text = Buffer.from(bytes).toString('utf8');
      heard.push(`${text}${'Virtbus-Alive' in headers ? '(alive)' : ''}`);
      if (text === 'bye') bus.publishBytes(`${subject}.out`, new Uint8Array());
      else if (text !== '') bus.publishBytes(`${subject}.out`, Buffer.from(text.toUpperCase()));
    });
    return { subject };
  }
}
@Module({ controllers: [ConsoleHandlers] })
class HostModule {}

describe('with a server', () => {
  let nats: TestNats;
  let fleet: Fleet;
  let host: Bus;
  const services: RunningService[] = [];

  beforeAll(async () => {
    nats = await startTestNats();
    const common = { servers: nats.url, signals: false, log: recordedLog() };
    services.push(await createService(ApiModule, { ...common, service: 'api' }));
    services.push(await createService(SchedulerModule, { ...common, service: 'scheduler' }));
    const agent = await createService(HostModule, { ...common, service: 'host-agent', tokens: { hostId } });
    services.push(agent);
    host = agent.bus;
    ConsoleHandlers.bus = host;
    fleet = await connectBus(nats.url, surroundings);
  });
  afterAll(async () => {
    await fleet.close();
    for (const service of services) await service.close();
    await nats.stop();
  });

  test('a question that is refused', async () => {
    await expect(fleet.ask('getDomain', { domain: 'nope' })).rejects.toMatchObject({ name: 'FleetError', code: 'no_domain', libvirt: 42 });
  });

  test("a question that nobody answers is the fleet's fault, not a bug of the command line", async () => {
    await expect(fleet.ask('listHosts', {})).rejects.toMatchObject({ name: 'FleetError', code: 'service_unreachable' });
  });

  test('a question that is answered', async () => {
    expect(await fleet.ask('getDomain', { domain: 'web' })).toMatchObject({ uuid, name: 'web', state: 'shutoff' });
  });

  test('a command that is refused, with its place', async () => {
    const refused = fleet.run('startDomain', { domain: 'web', paused: true }, { timeoutMs: 5_000 });
    await expect(refused).rejects.toMatchObject({ name: 'FleetError', code: 'config_unsupported', path: 'paused', libvirt: 67 });
  });

  test('a command that nobody carries out is given up with its id', async () => {
    let id = '';
    const overdue = fleet.run('cordonHost', { host: hostId }, { timeoutMs: 300, onSent: (commandId) => void (id = commandId) });
    await expect(overdue).rejects.toThrow('has not ended within');
    await expect(overdue).rejects.toThrow(id);
    expect(id).not.toBe('');
  });

  test('a command that is carried out', async () => {
    expect(await fleet.run('startDomain', { domain: 'web' }, { timeoutMs: 5_000 })).toEqual({ uuid, name: 'web' });
  });

  test('what happens is told', async () => {
    const happened: Happened[] = [];
    await fleet.watch((one) => happened.push(one));
    const at = '2026-11-21T09:10:47.476Z';
    await host.publish(domainStarted, { uuid, name: 'web', detail: 'booted', at, hostId, epoch: 1 }, { tokens: { uuid } });
    await eventually(() => happened.length > 0);
    expect(happened).toEqual([{ what: 'started', uuid, name: 'web', detail: 'booted', at, hostId }]);
  });

  test('a console of a host that does not answer', async () => {
    const opening = fleet.openConsole({ hostId: 'nobody', uuid });
    await expect(opening).rejects.toMatchObject({ name: 'FleetError', code: 'host_unreachable' });
  });

  test('a console carries bytes both ways, says that it is there, and ends from either side', async () => {
    const line = await fleet.openConsole({ hostId, uuid });
    let shown = '';
    line.onBytes((bytes) => void (shown += Buffer.from(bytes).toString('utf8')));
    line.send(Buffer.from('hello'));
    await eventually(() => shown === 'HELLO');
    line.send(Buffer.from('bye'));
    await line.ended;
    await line.close();
    await eventually(() => ConsoleHandlers.heard.length === 4);
    expect(ConsoleHandlers.heard).toEqual(['(alive)', 'hello', 'bye', '']);
    const other = await fleet.openConsole({ hostId, uuid });
    await other.close();
    await other.ended;
  });
});
