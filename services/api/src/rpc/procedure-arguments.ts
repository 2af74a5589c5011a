/** Every procedure that is answered, with arguments for the fleet of `TenantWorld`: for unit tests of all of them. */
import { programs, XdrReader, type Route } from '@virtbus/libvirt-rpc';
import { remoteHandlers, routes } from './handlers/index.js';
import { qemu } from './handlers/qemu.js';
import type { Session } from './session.js';
import { shared, wanted } from './tenant-world.js';

type Named = Readonly<Record<string, unknown>>;

const dom = { name: wanted.name, uuid: wanted.uuid, id: wanted.id };
const XML = `<x><interface type='network'><source network='${wanted.name}'/></interface></x>`;
const handlesIn = (network: object, pool: { readonly name: string }): Named => ({
  ...{ dom, net: network, network, pool },
  ...{ snap: { name: 's', dom }, snapshot: { name: 's', dom }, checkpoint: { name: 's', dom }, doms: [dom] },
  ...{ port: { net: network, uuid: wanted.port }, nwfilter: { ...dom, portdev: wanted.portdev, filtername: 'clean' } },
  ...{ secret: { uuid: wanted.uuid, usageType: 3, usageID: wanted.name } },
  ...{ vol: volumeIn(pool), clonevol: volumeIn(pool), key: `/${pool.name}/${wanted.name}`, path: `/${pool.name}/${wanted.name}` },
});
const volumeIn = (pool: { readonly name: string }) => ({ pool: pool.name, name: wanted.name, key: `/${pool.name}/${wanted.name}` });

/** The words that name an object in arguments of their own, and whatever else a call wants. */
const others: Named = {
  ...wanted,
  xml: XML,
  xml_desc: XML,
  mac: undefined,
  need_results: 1,
  section: 4,
  command: 3,
  cmd: '{"execute":"x"}',
};
const many = new Set(['maxids', 'maxnames', 'maxinfo', 'maxlen', 'maplen', 'nparams', 'maxStats', 'ncpumaps', 'memory', 'nvcpus', 'size']);

export const handles = {
  'of their own': handlesIn(wanted, wanted),
  'in what all share': handlesIn(shared.network, shared.pool),
};

/** Fields that mean something else than elsewhere, by the procedure. */
const peculiar: readonly (readonly [name: RegExp, fields: Named])[] = [
  [/^domain_/, { path: 'vda' }],
  [/^network_port_/, { uuid: wanted.port }],
  [/^nwfilter_binding_/, { name: wanted.portdev }],
  [/^secret_lookup_by_usage$/, { usageType: 3, usageID: wanted.name }],
  [/^storage_pool_lookup_by_target_path$/, { path: wanted.path }],
];

/** Arguments as a client might send them: what names an object names the wanted one, and all else is nothing. */
export function argumentsOf({ procedure, name }: Route<Session>, named: Named): Named {
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

const all = [programs.remote, programs.qemu].flatMap((program) => [...(routes.get(program)?.values() ?? [])]);
export const answered = all.filter(({ name }) => Object.hasOwn(remoteHandlers, name) || Object.hasOwn(qemu, name));
