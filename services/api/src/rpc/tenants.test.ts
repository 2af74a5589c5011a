/** Every procedure of libvirt's, called by somebody of one project: another project's objects are as if they were not there. */
import { programs, RemoteError, XdrReader, type Route } from '@virtbus/libvirt-rpc';
import { describe, expect, test } from 'vitest';
import { roles, type Identity, type Role } from '../access/core/identity.js';
import { qemu } from './handlers/qemu.js';
import { remoteHandlers, routes } from './handlers/index.js';
import type { Session } from './session.js';
import { shared, TenantWorld, wanted } from './tenant-world.js';

type Named = Readonly<Record<string, unknown>>;

const dom = { name: wanted.name, uuid: wanted.uuid, id: wanted.id };
const XML = `<x><interface type='network'><source network='${wanted.name}'/></interface></x>`;
const handlesIn = (network: object, pool: { readonly name: string }): Named => ({
  ...{ dom, net: network, network, pool },
  ...{ snap: { name: 's', dom }, snapshot: { name: 's', dom }, checkpoint: { name: 's', dom }, doms: [dom] },
  ...{ port: { net: network, uuid: wanted.port }, nwfilter: { portdev: wanted.portdev, filtername: 'clean' } },
  ...{ vol: volumeIn(pool), clonevol: volumeIn(pool), key: `/${pool.name}/${wanted.name}`, path: `/${pool.name}/${wanted.name}` },
});
const volumeIn = (pool: { readonly name: string }) => ({ pool: pool.name, name: wanted.name, key: `/${pool.name}/${wanted.name}` });

/** The words that name an object in arguments of their own, and whatever else a call wants. */
const others: Named = { ...wanted, xml: XML, xml_desc: XML, mac: undefined, need_results: 1, cmd: '{"execute":"x"}' };
const many = new Set(['maxids', 'maxnames', 'maxinfo', 'maxlen', 'maplen', 'nparams', 'maxStats', 'ncpumaps', 'memory', 'nvcpus', 'size']);

const handles = {
  'of their own': handlesIn(wanted, wanted),
  'in what all share': handlesIn(shared.network, shared.pool),
};

/** Fields that mean something else than elsewhere, by the procedure. */
const peculiar: readonly (readonly [name: RegExp, fields: Named])[] = [
  [/^domain_/, { path: 'vda' }],
  [/^network_port_/, { uuid: wanted.port }],
  [/^nwfilter_binding_/, { name: wanted.portdev }],
  [/^storage_pool_lookup_by_target_path$/, { path: wanted.path }],
];

/** Arguments as a client might send them: what names an object names the wanted one, and all else is nothing. */
function argumentsOf({ procedure, name }: Route<Session>, named: Named): Named {
  const blank = procedure.args.read(new XdrReader(Buffer.alloc(4096))) as Named;
  const own = peculiar.filter(([of]) => of.test(name)).map(([, fields]) => fields);
  const given: Named = Object.assign({}, others, named, ...own);
  const of = (field: string, value: unknown): unknown => {
    if (Object.hasOwn(given, field)) return given[field];
    if (!many.has(field)) return value;
    return typeof value === 'bigint' ? 16n : 16;
  };
  return Object.fromEntries(Object.entries(blank).map(([field, value]) => [field, of(field, value)]));
}

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

const all = [programs.remote, programs.qemu].flatMap((program) => [...(routes.get(program)?.values() ?? [])]);
const answered = all.filter(({ name }) => Object.hasOwn(remoteHandlers, name) || Object.hasOwn(qemu, name));

describe.each(roles)('for a %s', (role) => {
  test.each(Object.entries(handles))('another project’s objects %s are not there', async (_, named) => {
    for (const route of answered) {
      const args = argumentsOf(route, named);
      const absent = await outcome(undefined, role, route, args);
      expect([route.name, await outcome('red', role, route, args)]).toEqual([route.name, absent]);
    }
  });
});

/** Registering for what happens to an object asks nothing of it. */
const asksNothing = /_event_(?:callback_)?(?:de)?register_any$/;
/** Kinds whose objects are the fleet's or a host's, and no project's. */
const nobodys = /^(?:nwfilter_(?!binding)|interface_|node_device_|secret_)/;

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

const plainly = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
