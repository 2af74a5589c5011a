/** What a project's operator may do to storage through libvirt's protocol: each order is held against whose the pool is. */
import { beforeEach, expect, test } from 'vitest';
import { createVolume, deleteVolume, Refusal, type AuditRecord, type PoolRecord } from '@virtbus/contracts';
import { Authenticator } from '../access/authenticator.js';
import { Gate } from '../access/gate.js';
import type { Caller } from '../access/index.js';
import { RateLimits } from '../access/rate-limits.js';
import { FleetMemory } from '../fleet.memory.js';
import { AdmittedOrders } from './door.js';
import { memoryViews } from './private-fleet/memory-view.js';
import { uuidOf } from './testing.js';

const pool = (number: number, project?: string): PoolRecord => ({
  uuid: uuidOf(number),
  name: `p${number}`,
  path: `/p${number}`,
  xml: '',
  persistent: true,
  autostart: false,
  active: true,
  ...(project === undefined ? {} : { project }),
});
const [blue, red, fleets] = [pool(1, 'blue'), pool(2, 'red'), pool(3)];
const xml = '<volume><name>v</name><capacity>1</capacity></volume>';

let audited: AuditRecord[];
let sent: string[];
let orders: AdmittedOrders;

beforeEach(() => {
  [audited, sent] = [[], []];
  const views = memoryViews();
  for (const record of [blue, red, fleets]) views.pools.put({ uuid: record.uuid }, record);
  const limits = new RateLimits(() => 0);
  const gate = new Gate({
    authenticator: new Authenticator({ tokens: { get: () => undefined, named: () => [] }, issuers: [], limits }),
    limits,
    imageRoots: [],
    pools: () => [blue, red, fleets],
    network: () => undefined,
    domain: () => undefined,
    secret: () => undefined,
    publish: async (record) => void audited.push(record),
    settle: async () => undefined,
    now: () => '2026-11-21T10:00:00.000Z',
  });
  const inner = {
    run: async (contract: { readonly subject: string }) => {
      sent.push(contract.subject);
      return {};
    },
    upload: async () => void sent.push('upload'),
    download: async () => {
      sent.push('download');
      return { done: new Promise<void>(() => undefined) };
    },
  };
  const caller: Caller = { identity: { name: 'token:ci', role: 'operator', projects: ['blue'], grants: [] }, via: 'rpc' };
  orders = new AdmittedOrders(inner as never, gate, caller, new FleetMemory(views));
});

const outcome = (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => 'done',
    (thrown: unknown) => (thrown instanceof Refusal ? thrown.code : String(thrown)),
  );

test.each<[string, () => Promise<unknown>, string]>([
  ['a volume in its own pool', () => orders.run(createVolume, { pool: blue.uuid, xml }), 'done'],
  ['one in the pool of another project', () => orders.run(createVolume, { pool: red.uuid, xml }), 'no_pool'],
  ["one in the fleet's own pool", () => orders.run(createVolume, { pool: fleets.uuid, xml }), 'forbidden'],
  ['the end of one there', () => orders.run(deleteVolume, { pool: fleets.uuid, volume: 'v' }), 'forbidden'],
  ['a copy within its pool', () => orders.run(createVolume, { pool: blue.uuid, xml, from: { pool: blue.uuid, volume: 'v' } }), 'done'],
  ["a copy of another's", () => orders.run(createVolume, { pool: blue.uuid, xml, from: { pool: red.uuid, volume: 'v' } }), 'no_pool'],
  [
    "a copy of the fleet's",
    () => orders.run(createVolume, { pool: blue.uuid, xml, from: { pool: fleets.uuid, volume: 'v' } }),
    'forbidden',
  ],
  [
    'an image upon a file of another',
    () => orders.run(createVolume, { pool: blue.uuid, xml: xml.replace('</v', '<backingStore><path>/p2/x</path></backingStore></v') }),
    'forbidden',
  ],
])('%s: %#', async (_, act, expected) => {
  expect(await outcome(act())).toBe(expected);
  expect(sent).toHaveLength(expected === 'done' ? 1 : 0);
  expect(audited).toMatchObject([{ allowed: expected === 'done', who: 'token:ci' }]);
});

test.each<[string, PoolRecord, string]>([
  ['of its own', blue, 'done'],
  ["of another's", red, 'no_pool'],
  ["of the fleet's", fleets, 'forbidden'],
])('bytes %s volumes are read and written: %#', async (_, of, expected) => {
  const part = { pool: of, volume: 'v', offset: 0 };
  expect(await outcome(orders.upload(part))).toBe(expected);
  expect(await outcome(orders.download(part, { take: async () => undefined }))).toBe(expected);
  expect(sent).toEqual(expected === 'done' ? ['upload', 'download'] : []);
  const record = { object: `${of.name}/v`, allowed: expected === 'done' };
  expect(audited).toMatchObject([record, record]);
});
