/** Senders on NATS whom the fleet knows: nats-server says who they are, the api service what they may. */
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { startApi, type RunningApi } from '@virtbus/api';
import * as contracts from '@virtbus/contracts';
import { Bus } from '@virtbus/messaging';
import { eventually, recordedLog } from '@virtbus/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { GuardedServer, senderIds, type User } from '../e2e/guarded-server.js';
import { domainXml, networkXml } from './rest-fleet.js';

let server: GuardedServer;
let api: RunningApi;
const connections = new Map<User, NatsConnection>();
const audits: contracts.AuditRecord[] = [];

type Answer = Readonly<Record<string, unknown>>;

async function ask(user: User, subject: string, payload: object, head = headers()): Promise<Answer> {
  const answer = await connections.get(user)?.request(`virtbus.v1.${subject}`, JSON.stringify(payload), { timeout: 10_000, headers: head });
  return answer?.json() ?? {};
}
const from = (user: User, call: string, payload: object = {}, head?: ReturnType<typeof headers>): Promise<Answer> =>
  ask(user, `from.${String(senderIds[user])}.${call}`, payload, head);
const names = (list: unknown): unknown[] => (list as readonly { readonly name: string }[]).map(({ name }) => name);

/** An administrator's, who is no known sender: by the outcome of the stream. */
async function order(call: string, payload: object): Promise<void> {
  const head = headers();
  const id = randomUUID();
  head.set('Nats-Msg-Id', id);
  const nc = connections.get('sender');
  const outcomes = nc?.subscribe(`virtbus.v1.evt.operation.${id}.finished`, { max: 1 });
  await ask('sender', `cmd.${call}`, payload, head);
  for await (const outcome of outcomes ?? []) expect(outcome.json()).toMatchObject({ ok: true });
}

beforeAll(async () => {
  server = await GuardedServer.start('host-a');
  api = await startApi({
    servers: server.url,
    credential: { user: 'api', password: 'api' },
    signals: false,
    log: recordedLog(),
    rpc: {},
    rest: {},
  });
  for (const user of ['sender', 'blue', 'red'] as const)
    connections.set(
      user,
      await connect({ servers: server.url, user, pass: user, inboxPrefix: user === 'sender' ? '_INBOX' : `_INBOX_${user}` }),
    );
  connections.get('sender')?.subscribe('virtbus.v1.evt.audit.*.asked', { callback: (_, message) => void audits.push(message.json()) });
  for (const project of ['blue', 'red'] as const)
    await order('token.create', { id: senderIds[project], name: project, role: 'operator', projects: [project], hash: 'x'.repeat(43) });
  await order('network.define', { xml: networkXml('shared') });
  await eventually(async () => 'domains' in (await from('red', 'req.domain.list')));
  expect(await from('red', 'cmd.domain.define', { xml: domainXml('theirs') })).toMatchObject({ ok: true });
  await eventually(async () => 'domains' in (await from('blue', 'req.domain.list')));
}, 60_000);
afterAll(async () => {
  for (const nc of connections.values()) await nc.close();
  await api?.close();
  await server?.stop();
});

const auditOf = async (matches: Partial<contracts.AuditRecord>): Promise<void> =>
  eventually(() =>
    expect(audits).toContainEqual(expect.objectContaining({ via: 'message', who: `token:${String(senderIds.blue)} blue`, ...matches })),
  );

test('a change by the contracts’ own subjects is told when it has ended, and one of a known sender once', async () => {
  // 'shared', which was made so before the tests.
  await eventually(() =>
    expect(audits).toContainEqual(
      expect.objectContaining({ who: 'nats', role: 'unknown', via: 'message', call: 'virtbus.v1.cmd.network.define', allowed: true }),
    ),
  );
  const ids = audits.map(({ commandId }) => commandId);
  expect(new Set(ids).size).toBe(ids.length);
});

describe('a definition', () => {
  const emulator = domainXml('tool', '<emulator>/bin/sh</emulator>');
  test('that names a program of the host is refused by the element’s name, and told', async () => {
    expect(await from('blue', 'cmd.domain.define', { xml: emulator })).toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('<emulator>'),
      path: expect.stringContaining('emulator'),
    });
    await auditOf({ call: 'virtbus.v1.cmd.domain.define', allowed: false, code: 'forbidden' });
    expect(names((await from('blue', 'req.domain.list'))['domains'])).not.toContain('tool');
  });

  test.each<[string, string]>([
    [
      'qemu:commandline',
      domainXml('tool')
        .replace("type='qemu'", "type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'")
        .replace('</domain>', "<qemu:commandline><qemu:arg value='-S'/></qemu:commandline></domain>"),
    ],
    ['source', domainXml('tool', "<disk type='file'><source file='/etc/shadow'/><target dev='vda'/></disk>")],
    [
      'hostdev',
      domainXml(
        'tool',
        "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='1' slot='0' function='0'/></source></hostdev>",
      ),
    ],
  ])('with <%s> is refused', async (element, xml) => {
    expect(await from('blue', 'cmd.domain.define', { xml })).toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining(`<${element}>`),
    });
  });

  test('of its own is kept for its project, with an outcome under the audit’s id', async () => {
    const outcome = await from('blue', 'cmd.domain.define', { xml: domainXml('ours') });
    expect(outcome).toMatchObject({ ok: true, command: 'virtbus.v1.cmd.domain.define', result: { name: 'ours' } });
    await auditOf({ commandId: String(outcome['commandId']), allowed: true, project: 'blue' });
    expect((await ask('sender', 'req.domain.get', { domain: 'ours' }))['project']).toBe('blue');
  });

  test('for another project is refused', async () =>
    expect(await from('blue', 'cmd.domain.define', { xml: domainXml('sly'), project: 'red' })).toMatchObject({ code: 'forbidden' }));

  test('on a network of another project is refused as on one that is not there', async () => {
    expect(await from('red', 'cmd.network.define', { xml: networkXml('inner') })).toMatchObject({ ok: true });
    const plugged = (network: string) => domainXml('nosy', `<interface type='network'><source network='${network}'/></interface>`);
    const refusal = await from('blue', 'cmd.domain.define', { xml: plugged('inner') });
    expect(refusal).toMatchObject({ code: 'no_network' });
    expect(await from('blue', 'cmd.domain.define', { xml: plugged('outer') })).toEqual({
      ...refusal,
      message: String(refusal['message']).replace('inner', 'outer'),
    });
  });
});

describe('another project’s domain', () => {
  test.each(['cmd.domain.undefine', 'cmd.domain.start', 'cmd.domain.destroy', 'req.domain.get', 'req.domain.xml', 'req.domain.addresses'])(
    'is not there for %s',
    async (call) => {
      const refusal = await from('blue', call, { domain: 'theirs' });
      expect(refusal).toMatchObject({ code: 'no_domain' });
      expect(await from('blue', call, { domain: 'nobodys' })).toEqual({
        ...refusal,
        message: String(refusal['message']).replace('theirs', 'nobodys'),
      });
    },
  );

  test('is in no list', async () => {
    expect(names((await from('red', 'req.domain.list'))['domains'])).toEqual(['theirs']);
    expect(names((await from('blue', 'req.domain.list'))['domains'])).not.toContain('theirs');
    expect(names((await from('blue', 'req.network.list'))['networks'])).toEqual(['shared']);
    expect((await from('blue', 'req.domain.stats', { domains: ['theirs'] }))['code']).toBe('no_domain');
  });
});

describe('a network port', () => {
  const port = randomUUID();
  const xml = (owner: string) =>
    `<networkport><uuid>${port}</uuid><owner><name>o</name><uuid>${owner}</uuid></owner><mac address='52:54:00:00:00:77'/></networkport>`;
  const create = (user: User, network: string, owner: string = randomUUID()) => from(user, 'cmd.port.create', { network, xml: xml(owner) });

  test("on another project's network, or for its domain, is refused as if they were not there", async () => {
    const theirs = await ask('sender', 'req.domain.get', { domain: 'theirs' });
    const refusal = await create('blue', 'inner');
    expect(refusal).toMatchObject({ code: 'no_network' });
    expect(await create('blue', 'outer')).toEqual({ ...refusal, message: String(refusal['message']).replace('inner', 'outer') });
    expect(await create('blue', 'shared', String(theirs['uuid']))).toMatchObject({ code: 'no_domain' });
  });

  test('may be of a network that all share, as far as the fleet can make one', async () => {
    expect(await create('blue', 'shared')).toMatchObject({ ok: false, error: { code: 'operation_invalid' } });
    await auditOf({ call: contracts.createNetworkPort.subject, allowed: true, project: 'blue' });
  });

  test('of another project is not there', async () => {
    const { uuid: networkUuid } = (
      (await ask('sender', 'req.network.list', {})) as { networks: { uuid: string; name: string }[] }
    ).networks.find(({ name }) => name === 'shared')!;
    const netd = await Bus.connect({
      servers: server.url,
      name: 'netd',
      owner: 'netd',
      provision: false,
      credential: { user: 'netd', password: 'netd' },
    });
    const record = {
      ...contracts.portRecords.example,
      id: port,
      networkUuid,
      byHand: { owner: { name: 'o', uuid: randomUUID() }, commandId: 'c', project: 'red' },
    };
    await netd.bucket(contracts.portRecords).put({ networkUuid, mac: record.mac.replaceAll(':', '') }, record);
    await netd.drain();
    const remove = (user: User, id: string) => from(user, 'cmd.port.delete', { network: 'shared', port: id });
    // The one whose it is reaches netd, of which there is none here.
    await eventually(async () => expect(await remove('red', port)).toMatchObject({ ok: false, error: { code: 'service_unreachable' } }));
    const refusal = await remove('blue', port);
    const other = randomUUID();
    expect(refusal).toMatchObject({ code: 'no_network_port' });
    expect(await remove('blue', other)).toEqual({ ...refusal, message: String(refusal['message']).replace(port, other) });
  });
});

test('another project’s secret is not there, its own is', async () => {
  const xml = "<secret ephemeral='no' private='no'><usage type='ceph'><name>inner</name></usage></secret>";
  const { result } = await from('red', 'cmd.secret.define', { xml });
  const { uuid: secret } = result as { readonly uuid: string };
  const seen = async (user: User) => {
    const { secrets } = await from(user, 'req.secret.list');
    return (secrets as readonly { readonly uuid: string }[]).map(({ uuid }) => uuid);
  };
  await vi.waitFor(async () => expect(await seen('red')).toEqual([secret]));
  expect(await seen('blue')).toEqual([]);
  for (const [call, more] of [
    ['req.secret.get', {}],
    ['req.secret.setvalue', { value: 'eA==' }],
    ['cmd.secret.undefine', {}],
  ] as const) {
    expect(await from('blue', call, { secret, ...more })).toMatchObject({ code: 'no_secret' });
    expect((await from('red', call, { secret, ...more }))['code']).toBeUndefined();
  }
});

test.each<[string, string, object, string]>([
  ['what the role does not reach', 'cmd.domain.monitor', { domain: 'ours', monitor: { command: 'quit' } }, 'forbidden'],
  ['what is the fleet’s', 'cmd.network.undefine', { network: 'shared' }, 'forbidden'],
  ['a secret’s value', 'req.secret.setvalue', { secret: randomUUID(), value: '' }, 'no_secret'],
  ['what services ask', 'req.domain.revisedevice', {}, 'operation_unsupported'],
  ['what nobody knows', 'cmd.domain.fly', {}, 'operation_unsupported'],
  ['what is no payload', 'cmd.domain.undefine', { domain: 5 }, 'payload_invalid'],
])('%s is refused: %s', async (_, call, payload, code) => expect(await from('blue', call, payload)).toMatchObject({ code }));

test('one key is one command', async () => {
  const head = headers();
  head.set('Nats-Msg-Id', 'once');
  const first = await from('blue', 'cmd.domain.define', { xml: domainXml('keyed') }, head);
  expect(await from('blue', 'cmd.domain.define', { xml: domainXml('keyed') }, head)).toEqual(first);
});

test.each([
  'cmd.domain.undefine',
  'req.domain.list',
  `from.${String(senderIds.red)}.cmd.domain.undefine`,
  `from.${String(senderIds.red)}.req.domain.list`,
  'host.host-a.cmd.domain.destroy',
])('nats-server lets no known sender publish %s', async (subject) => {
  connections.get('blue')?.publish(`virtbus.v1.${subject}`, JSON.stringify({ domain: 'theirs' }));
  await connections.get('blue')?.flush();
  await eventually(async () => expect(await server.violations()).toContainEqual(expect.stringContaining(`virtbus.v1.${subject}`)));
});

test('an answer is never a message that the asker may not send', async () => {
  const told: string[] = [];
  connections.get('sender')?.subscribe('virtbus.v1.evt.operation.*.finished', { callback: (_, { subject }) => void told.push(subject) });
  const nc = connections.get('blue');
  nc?.publish(`virtbus.v1.from.${String(senderIds.blue)}.req.domain.list`, '{}', { reply: 'virtbus.v1.evt.operation.forged.finished' });
  // Whoever asks after it is answered after it.
  await from('blue', 'req.domain.list');
  await connections.get('sender')?.flush();
  expect(told).toEqual([]);
});

test('a sender whose token has been revoked is nobody', async () => {
  await order('token.revoke', { token: senderIds.red });
  await eventually(async () => expect(await from('red', 'req.domain.list')).toMatchObject({ code: 'unauthenticated' }));
  await eventually(() =>
    expect(audits).toContainEqual(expect.objectContaining({ who: 'nobody', code: 'unauthenticated', via: 'message' })),
  );
});
