import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startApi } from '@virtbus/api';
import * as contracts from '@virtbus/contracts';
import { startHostAgent } from '@virtbus/host-agent';
import { startNetd } from '@virtbus/netd';
import { startScheduler } from '@virtbus/scheduler';
import { commands, run } from './example-programs.js';
import { GuardedServer, type User } from './guarded-server.js';
import { guestXml, labXml, nic } from './guest-definitions.js';
import { killGuests } from './leftover-guests.js';
import { quiet } from './test-fleet.js';

const hostId = 'host-a';
const netns = `vbt-${process.pid}-rights`;
let server: GuardedServer;
let stateDir: string;
let sender: NatsConnection;
const running: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  execFileSync('ip', ['netns', 'add', netns]);
  stateDir = await mkdtemp(join(tmpdir(), 'vbt-'));
  await chmod(stateDir, 0o711);
  server = await GuardedServer.start(hostId);
  const common = { signals: false, log: quiet, servers: server.url };
  const as = (user: User) => ({ ...common, credential: { user, password: user } });
  running.push(await startApi(as('api')));
  running.push(await startScheduler(as('scheduler')));
  running.push(await startNetd(as('netd')));
  running.push(await startHostAgent({ ...as('host-agent'), stateDir, hostId, netns }));
  sender = await connect({ servers: await server.addressOf('sender') });
}, 60_000);

afterAll(async () => {
  await sender?.close();
  for (const service of running.toReversed()) await service.close();
  await server?.stop();
  if (stateDir) killGuests(stateDir);
  for (const pid of execFileSync('ip', ['netns', 'pids', netns], { encoding: 'utf8' }).split('\n').filter(Boolean))
    process.kill(Number(pid), 'SIGKILL');
  execFileSync('ip', ['netns', 'delete', netns]);
  if (stateDir) await rm(stateDir, { recursive: true, force: true });
});

/** As a sender does who has nothing of virtbus. */
async function send(what: string, payload: object): Promise<contracts.Outcome> {
  const inbox = sender.subscribe('virtbus.v1.evt.operation.*.finished');
  const answer = await sender.request(`virtbus.v1.cmd.${what}`, JSON.stringify(payload));
  const { seq } = answer.json<{ seq: number }>();
  for await (const message of inbox) {
    const outcome = message.json<contracts.Outcome>();
    if (outcome.commandId !== `seq-${seq}`) continue;
    inbox.unsubscribe();
    return outcome;
  }
  throw new Error('the connection was closed');
}
const ask = async <T>(what: string, payload: object): Promise<T> =>
  (await sender.request(`virtbus.v1.req.${what}`, JSON.stringify(payload))).json<T>();
const done = { ok: true };

test('with the rights of permissions.md, and no more, a domain lives its whole life', async () => {
  expect(await send('network.define', { xml: labXml })).toMatchObject(done);
  expect(await send('network.start', { network: 'lab' })).toMatchObject(done);
  expect(await send('domain.define', { xml: guestXml({ name: 'a', interfaces: nic('52:54:00:00:0a:01') }) })).toMatchObject(done);
  expect((await run([...commands.node(await server.addressOf('sender')), 'a'])).status).toBe(0);
  await vi.waitFor(
    async () => {
      const { leases } = await ask<contracts.LeaseList>('network.leases', { network: 'lab' });
      expect(leases).toMatchObject([{ hostname: 'a' }]);
    },
    { timeout: 30_000, interval: 200 },
  );
  expect(await send('domain.suspend', { domain: 'a' })).toMatchObject(done);
  expect(await send('domain.resume', { domain: 'a' })).toMatchObject(done);
  expect(await send('domain.start', { domain: 'a' })).toMatchObject({ ok: false, error: { code: 'operation_invalid' } });
  expect(await send('domain.destroy', { domain: 'a' })).toMatchObject(done);
  expect(await send('domain.create', { xml: guestXml({ name: 'b' }) })).toMatchObject(done);
  expect(await send('domain.destroy', { domain: 'b' })).toMatchObject(done);
  expect(await send('network.destroy', { network: 'lab' })).toMatchObject(done);
  await vi.waitFor(
    () => expect(execFileSync('ip', ['-n', netns, '-br', 'link', 'show', 'type', 'bridge'], { encoding: 'utf8' })).toBe(''),
    10_000,
  );
  expect(await send('domain.start', { domain: 5 })).toMatchObject({ ok: false, error: { code: 'payload_invalid' } });
  expect(await send('host.cordon', { host: hostId })).toMatchObject(done);
  expect(await server.violations()).toEqual([]);
});

test('with them storage is made, used by a domain, and removed', async () => {
  const volume = { pool: 'p', volume: 'v' };
  const path = join(stateDir, 'pool');
  const disk = `<disk type='volume' device='disk'><driver name='qemu' type='qcow2'/><source pool='p' volume='v'/><target dev='vda' bus='virtio'/></disk>`;
  expect(await send('host.uncordon', { host: hostId })).toMatchObject(done);
  expect(await send('pool.define', { xml: `<pool type='dir'><name>p</name><target><path>${path}</path></target></pool>` })).toMatchObject(
    done,
  );
  expect(await send('pool.start', { pool: 'p', build: 'new' })).toMatchObject(done);
  const xml = `<volume><name>v</name><capacity>1048576</capacity><target><format type='qcow2'/></target></volume>`;
  expect(await send('volume.create', { pool: 'p', xml })).toMatchObject(done);
  expect(await send('volume.resize', { ...volume, capacity: 2_097_152 })).toMatchObject(done);
  expect(await send('domain.create', { xml: guestXml({ name: 'c', devices: disk }) })).toMatchObject(done);
  expect(await send('domain.destroy', { domain: 'c' })).toMatchObject(done);
  await vi.waitFor(
    async () => expect(await ask('volume.list', { pool: 'p' })).toMatchObject({ volumes: [{ name: 'v', capacity: 2_097_152 }] }),
    10_000,
  );
  expect(await send('volume.wipe', volume)).toMatchObject(done);
  expect(await send('volume.delete', volume)).toMatchObject(done);
  for (const what of ['refresh', 'destroy', 'delete', 'undefine']) expect(await send(`pool.${what}`, { pool: 'p' })).toMatchObject(done);
  expect(await ask('pool.list', {})).toEqual({ pools: [] });
});

test.each<[sentence: string, user: 'sender' | 'host-agent' | 'netd', subject: string]>([
  ['a sender writes no fact', 'sender', '$KV.virtbus_domains.c7a5fdbd-edaf-9455-926a-d65c16db1809'],
  ['a sender gives a host no order', 'sender', `virtbus.v1.host.${hostId}.cmd.domain.destroy`],
  ['a host-agent says nothing of another host', 'host-agent', '$KV.virtbus_hosts.host-b'],
  ['netd places no domain', 'netd', '$KV.virtbus_placements.c7a5fdbd-edaf-9455-926a-d65c16db1809'],
])('%s', async (_, user, subject) => {
  const nc = await connect({ servers: await server.addressOf(user) });
  nc.publish(subject, '{}');
  await nc.flush();
  await nc.close();
  expect(await server.violations()).toContainEqual(expect.stringContaining(subject));
});
