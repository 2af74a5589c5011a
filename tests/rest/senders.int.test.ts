/** Users of NATS who are no service of the fleet: nats-server holds them to docs/generated/access.md. */
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { startApi, type RunningApi } from '@virtbus/api';
import { contracts } from '@virtbus/contracts';
import { recordedLog } from '@virtbus/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { GuardedServer } from '../e2e/guarded-server.js';

let server: GuardedServer;
let api: RunningApi;
const open: NatsConnection[] = [];

beforeAll(async () => {
  server = await GuardedServer.start('host-a');
  const credential = { user: 'api', password: 'api' };
  api = await startApi({ servers: server.url, credential, signals: false, log: recordedLog(), rpc: {}, rest: {} });
});
afterEach(async () => {
  for (const nc of open.splice(0)) await nc.close();
});
afterAll(async () => {
  await api?.close();
  await server?.stop();
});

async function as(user: string): Promise<NatsConnection> {
  // Administrators have NATS's own prefix.
  const inboxPrefix = user === 'sender' ? '_INBOX' : `_INBOX_${user}`;
  const nc = await connect({ servers: server.url, user, pass: user, inboxPrefix });
  open.push(nc);
  return nc;
}

/** What nats-server says of it. */
async function tried(user: string, subject: string, way: 'publish' | 'subscribe' = 'publish'): Promise<'refused' | 'taken'> {
  const nc = await as(user);
  const refusals: string[] = [];
  const listening = (async () => {
    for await (const { error } of nc.status() as AsyncIterable<{ error?: Error }>) if (error) refusals.push(error.message);
  })();
  if (way === 'publish') nc.publish(subject, '{}');
  else nc.subscribe(subject, { callback: () => undefined });
  await nc.flush();
  await nc.close();
  await listening;
  return refusals.some((words) => words.includes(subject)) ? 'refused' : 'taken';
}

describe.each<[string, readonly string[], readonly string[]]>([
  [
    'viewer',
    ['req.domain.list', 'req.network.xml'],
    [
      'cmd.domain.start',
      'cmd.network.define',
      'req.secret.value',
      'req.secret.setvalue',
      'req.secret.list',
      'req.token.list',
      'req.domain.screenshot',
    ],
  ],
  [
    'operator',
    ['cmd.domain.start', 'cmd.domain.attachdevice', 'req.domain.screenshot'],
    [
      'cmd.token.create',
      'cmd.host.cordon',
      'cmd.domain.monitor',
      'cmd.domain.agent',
      'cmd.nwfilter.define',
      'req.secret.value',
      'req.domain.revisedevice',
    ],
  ],
  ['sender', ['cmd.token.create', 'cmd.domain.monitor', 'req.secret.value', 'cmd.host.cordon'], []],
])('a %s', (user, may, mayNot) => {
  test.each(may)('may send %s', async (subject) => expect(await tried(user, `virtbus.v1.${subject}`)).toBe('taken'));
  test.each([...mayNot.map((subject) => `virtbus.v1.${subject}`)])('may not send %s', async (subject) =>
    expect(await tried(user, subject)).toBe('refused'),
  );
  test.each([
    'virtbus.v1.host.host-a.cmd.domain.destroy',
    'virtbus.v1.evt.domain.x.stopped',
    'virtbus.v1.evt.audit.x.asked',
    '$KV.virtbus_domains.x',
    '$JS.API.STREAM.DELETE.VIRTBUS_EVENTS',
    '$JS.API.STREAM.MSG.GET.KV_virtbus_secret_values',
    '$JS.API.CONSUMER.CREATE.KV_virtbus_secret_values.x',
  ])('does nothing that a service does: %s', async (subject) => expect(await tried(user, subject)).toBe('refused'));
  test.each(['_INBOX_api.>', '_INBOX_host-agent.host-a.>', '$KV.virtbus_secret_values.>', 'virtbus.v1.cmd.>', '>'])(
    'does not listen to %s',
    async (subject) => expect(await tried(user, subject, 'subscribe')).toBe('refused'),
  );
});

test.each(['viewer', 'operator'])('a %s hears neither audits nor the answers to others', async (user) => {
  expect(await tried(user, 'virtbus.v1.evt.audit.>', 'subscribe')).toBe('refused');
  expect(await tried(user, '_INBOX.>', 'subscribe')).toBe('refused');
  expect(await tried(user, 'virtbus.v1.evt.domain.>', 'subscribe')).toBe('taken');
});

test('a viewer is answered', async () => {
  const nc = await as('viewer');
  expect((await nc.request('virtbus.v1.req.domain.list', '{}')).json()).toEqual({ domains: [] });
});

test('the services’ own answers come where nobody else listens', async () => {
  const administrator = await as('sender');
  const overheard: string[] = [];
  administrator.subscribe('_INBOX.>', { callback: (_, { subject }) => void overheard.push(subject) });
  await administrator.flush();
  // For this the api asks its buckets, whose answers would be heard among the one to the administrator.
  const asked = administrator.request('virtbus.v1.req.secret.value', '{"secret":"c7a5fdbd-edaf-9455-926a-d65c16db1809"}');
  await expect(asked).resolves.toBeDefined();
  await administrator.flush();
  expect(overheard).toHaveLength(1);
});

test('a tenant in an account of its own neither reaches the fleet nor hears of it, whatever it sends', async () => {
  const [tenant, fleet] = [await as('tenant'), await as('sender')];
  const called = contracts.filter(({ kind }) => kind === 'command' || kind === 'request');
  const subjects = called.map(({ subject }) => subject.replaceAll(/\{\w+\}/g, 'x'));
  const answers = await Promise.allSettled(subjects.map((subject) => tenant.request(subject, '{}', { timeout: 5_000 })));
  const words = answers.map((one) => (one.status === 'rejected' ? (one.reason as Error).message : 'answered'));
  expect(words.filter((one) => !one.startsWith('no responders'))).toEqual([]);
  const heard: string[] = [];
  tenant.subscribe('>', { callback: (_, { subject }) => void heard.push(subject) });
  await tenant.flush();
  expect((await fleet.request('virtbus.v1.req.domain.list', '{}')).json()).toEqual({ domains: [] });
  await fleet.request('virtbus.v1.cmd.host.cordon', '{"host":"nowhere"}');
  await tenant.flush();
  expect(heard).toEqual([]);
});
