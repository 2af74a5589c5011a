/** Every procedure of libvirt's, called by somebody of one project: another project's objects are as if they were not there. */
import { RemoteError, type Route } from '@virtbus/libvirt-rpc';
import { describe, expect, test } from 'vitest';
import { roles, type Identity, type Role } from '../access/core/identity.js';
import { answered, argumentsOf, handles } from './procedure-arguments.js';
import type { Session } from './session.js';
import { TenantWorld } from './tenant-world.js';

interface Outcome {
  readonly answer: unknown;
  readonly sent: readonly string[];
  readonly audited: readonly unknown[];
}

async function outcome(project: string | undefined, role: Role, route: Route<Session>, args: object): Promise<Outcome> {
  const world = new TenantWorld(project);
  const identity: Identity = { name: 'token:blue', role, projects: ['blue'], grants: [] };
  const answer = await Promise.resolve(route.handler?.(args, world.session(identity), world.call)).catch((thrown: unknown) => {
    if (thrown instanceof RemoteError) return { code: thrown.code, domain: thrown.domain, message: thrown.message };
    throw thrown;
  });
  return { answer, sent: world.sent, audited: world.audited.map((record) => ({ ...record, commandId: '' })) };
}

describe.each(roles)('for a %s', (role) => {
  test.each(Object.entries(handles))('another project’s objects %s are not there', async (_, named) => {
    for (const route of answered) {
      const args = argumentsOf(route, named);
      const absent = await outcome(undefined, role, route, args);
      expect([route.name, await outcome('red', role, route, args)]).toEqual([route.name, absent]);
    }
  });
});

/** Registering for what happens to an object asks nothing of it; for what its monitor says, who is bound to a project may not at all. */
const asksNothing = /_event_(?:callback_)?(?:de)?register(?:_any)?$/;
/** Kinds whose objects are the fleet's or a host's, and no project's; bindings of its guests' interfaces it sees, and changes none. */
const nobodys = /^(?:nwfilter_(?!binding_(?:lookup|get))|interface_|node_device_)/;

const isNamed = (route: Route<Session>): boolean => {
  const fields = Object.keys(argumentsOf(route, {}));
  return fields.some((field) => Object.hasOwn(handles['of their own'], field)) || /_lookup_by_/.test(route.name);
};

test('its own objects are there: whatever names one answers otherwise than without it', async () => {
  const blind: string[] = [];
  for (const route of answered.filter((each) => isNamed(each) && !asksNothing.test(each.name) && !nobodys.test(each.name))) {
    const args = argumentsOf(route, handles['of their own']);
    const [absent, mine] = [await outcome(undefined, 'administrator', route, args), await outcome('blue', 'administrator', route, args)];
    if (JSON.stringify(absent, plainly) === JSON.stringify(mine, plainly)) blind.push(`${route.name} ${JSON.stringify(mine, plainly)}`);
  }
  expect(blind).toEqual([]);
});

test.each(['nwfilter_binding_create_xml', 'nwfilter_binding_delete'])('links of hosts are no tenant’s: %s', async (name) => {
  const route = answered.find((each) => each.name === name) ?? expect.unreachable(name);
  const { answer, sent, audited } = await outcome('blue', 'administrator', route, argumentsOf(route, handles['of their own']));
  expect([answer, sent]).toMatchObject([{ code: 29 }, []]);
  expect(audited).toMatchObject([{ who: 'token:blue', allowed: false, code: 'forbidden' }]);
});

const plainly = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
