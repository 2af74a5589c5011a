/** Every procedure of libvirt's that changes something: who asked for it is told before it is done, and so is that it was refused. */
import * as contracts from '@virtbus/contracts';
import type { Route } from '@virtbus/libvirt-rpc';
import { describe, expect, test } from 'vitest';
import { grants, type Identity } from '../access/core/identity.js';
import { changes, isPeculiar } from './access-of.js';
import { answered, argumentsOf, handles } from './procedure-arguments.js';
import type { Session } from './session.js';
import { TenantWorld, wanted, type Entry } from './tenant-world.js';

const administrator: Identity = { name: 'token:boss', role: 'administrator', projects: 'all', grants };
const viewer: Identity = { name: 'token:eye', role: 'viewer', projects: 'all', grants: [] };

async function called(identity: Identity, route: Route<Session>): Promise<TenantWorld> {
  const world = new TenantWorld('blue');
  const args = argumentsOf(route, handles['of their own']);
  await Promise.resolve(route.handler?.(args, world.session(identity), world.call)).catch(() => undefined);
  return world;
}

/** What only looks at a pool or a volume on its host. */
const looks = /\.req\.(?:pool|volume)\.look$/;
const writes = answered.filter(({ name, procedure }) => changes(name, procedure) || isPeculiar(name));
const byName = writes.map((route) => [route.name, route] as const);
const common = { via: 'rpc', from: '192.0.2.7' };
const reachesSomebody = ({ what, call = '' }: Entry): boolean => what === 'sent' && !looks.test(call);

describe('a change', () => {
  test.each(byName)('%s reaches nobody before it is told', async (_, route) => {
    const { journal } = await called(administrator, route);
    for (const [at, sent] of journal.entries()) {
      if (!reachesSomebody(sent)) continue;
      const told = journal.slice(0, at).findLast(({ what, call }) => what === 'audited' && call === sent.call);
      expect(told).toMatchObject({ ...common, who: 'token:boss', role: 'administrator', allowed: true });
      // By its id a command's audit has its outcome.
      if (sent.commandId !== undefined) expect(told?.commandId).toBe(sent.commandId);
    }
  });

  test.each(byName)('%s by a viewer is told as refused, and reaches nobody', async (_, route) => {
    const { journal } = await called(viewer, route);
    expect(journal).toMatchObject([{ ...common, what: 'audited', who: 'token:eye', call: route.name, allowed: false, code: 'forbidden' }]);
  });

  /** Commands that no procedure of libvirt's gives. */
  const ofOthers = ['host.cordon', 'host.uncordon', 'token.create', 'token.revoke'];
  test('is each of the commands that libvirt’s clients can give', async () => {
    const sent = new Set(
      (await Promise.all(writes.map((route) => called(administrator, route)))).flatMap(({ journal }) =>
        journal.filter(({ what }) => what === 'sent').map(({ call }) => call),
      ),
    );
    const commands = Object.values<unknown>(contracts)
      .filter(isCommand)
      .map(({ subject }) => subject);
    expect(commands.filter((subject) => !sent.has(subject)).toSorted()).toEqual(ofOthers.map((name) => `virtbus.v1.cmd.${name}`));
  });
});

const isCommand = (value: unknown): value is contracts.CommandContract =>
  typeof value === 'object' &&
  value !== null &&
  'kind' in value &&
  value.kind === 'command' &&
  'subject' in value &&
  String(value.subject).startsWith('virtbus.v1.cmd.');

const named = (name: string): Route<Session> => {
  const found = answered.find((route) => route.name === name);
  if (!found) throw new Error(`${name} is not answered`);
  return found;
};

test.each(['domain_open_console', 'secret_set_value', 'secret_get_value'])(
  '%s, which is no command, ends in an outcome all the same',
  async (name) => {
    const [asked, , settled] = (await called(administrator, named(name))).journal;
    expect(asked).toMatchObject({ what: 'audited', object: wanted.uuid });
    expect(settled).toEqual({ what: 'settled', call: asked?.call, commandId: asked?.commandId });
  },
);

const upload = named('storage_vol_upload');
test.each<[string, (world: TenantWorld) => unknown, string | undefined]>([
  ['to its end', async ({ streams: [stream] }) => stream?.onFinish(), undefined],
  ['until the client gives up', ({ streams: [stream] }) => stream?.onAbort(), 'operation_failed'],
])('a volume that is written to %s', async (_, act, code) => {
  const world = await called(administrator, upload);
  expect(world.journal.filter(({ what }) => what === 'settled')).toEqual([]);
  await act(world);
  // Whatever comes of the stream after that is not another end.
  world.streams[0]?.onAbort();
  const [asked] = world.journal;
  const settled = world.journal.filter(({ what }) => what === 'settled');
  expect(settled).toEqual([{ what: 'settled', call: asked?.call, commandId: asked?.commandId, ...(code === undefined ? {} : { code }) }]);
});

test('a volume that is read is told of as one that is written to', async () => {
  const world = await called(administrator, named('storage_vol_download'));
  for (const act of world.afterReply) act();
  await new Promise(setImmediate);
  const [asked] = world.journal;
  expect(asked).toMatchObject({ what: 'audited', object: `${wanted.name}/${wanted.name}`, project: 'blue' });
  expect(world.journal.at(-1)).toEqual({ what: 'settled', call: asked?.call, commandId: asked?.commandId });
});

test('what a viewer may do is told to nobody', async () => {
  const world = await called(viewer, named('domain_get_xml_desc'));
  expect(world.journal).toEqual([]);
});

/** What libvirt's clients ask of a guest's agent by calls of their own. */
const ofAgent = ['get_time', 'get_hostname', 'get_guest_info', 'get_guest_vcpus', 'get_fsinfo', 'fsfreeze', 'fsthaw', 'fstrim'];
/** For which there are questions of the fleet's own. */
const harmless = ['get_time', 'get_hostname', 'get_guest_info', 'get_fsinfo'];
const operator: Identity = { name: 'token:op', role: 'operator', projects: ['blue'], grants: [] };

describe('an operator’s guest agent', () => {
  test.each(ofAgent)('is asked for %s', async (name) => {
    const { journal } = await called(operator, named(`domain_${name}`));
    const call = (harmless.includes(name) ? contracts.askGuest : contracts.runAgentCommand).subject;
    expect(journal.slice(0, 2)).toMatchObject([
      { what: 'audited', call, who: 'token:op', allowed: true, project: 'blue' },
      { what: 'sent', call },
    ]);
  });

  test.each(['domain_agent_command', 'domain_monitor_command'])('is no way around %s, which is an administrator’s', async (name) => {
    const { journal } = await called(operator, named(name));
    expect(journal).toMatchObject([{ what: 'audited', call: name, allowed: false, code: 'forbidden' }]);
  });

  test.each(ofAgent)('of another project is not asked for %s', async (name) => {
    const { journal } = await called({ ...operator, projects: ['red'] }, named(`domain_${name}`));
    expect(journal).toEqual([]);
  });
});
