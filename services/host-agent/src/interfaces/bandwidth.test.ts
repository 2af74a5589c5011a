import { beforeEach, expect, test } from 'vitest';
import type { Bandwidth, Port } from '@virtbus/contracts';
import { parseInterface } from '@virtbus/libvirt-xml';
import type { FloorPlan, ShapePlan, Shaping } from '../shaping/shaping.js';
import { FakeLinks } from '../links/fake-links.js';
import { BandwidthDressing } from './bandwidth.js';
import type { Connection } from './connection.js';
import { Interfaces } from './interfaces.js';

const mac = '52:54:00:00:00:01';

/** Shaping in memory. */
class FakeShaping implements Shaping {
  readonly shaped = new Map<string, ShapePlan>();
  readonly floors = new Map<string, FloorPlan>();
  async shape(link: string, plan: ShapePlan) {
    this.shaped.set(link, plan);
  }
  async unshape(link: string) {
    this.shaped.delete(link);
  }
  differences(link: string, plan: ShapePlan) {
    return JSON.stringify(this.shaped.get(link)) === JSON.stringify(plan) ? [] : [`${link} differs`];
  }
  async shapeBridge(bridge: string, plan: ShapePlan) {
    this.shaped.set(bridge, plan);
  }
  addFloor(bridge: string, floor: FloorPlan) {
    this.floors.set(`${bridge} ${floor.minor}`, floor);
  }
  removeFloor(bridge: string, minor: number) {
    this.floors.delete(`${bridge} ${minor}`);
  }
  hasFloor(bridge: string, { minor }: FloorPlan) {
    return this.floors.has(`${bridge} ${minor}`);
  }
  async close() {}
}

let shaping: FakeShaping;
let dressing: BandwidthDressing;
const warnings: string[] = [];
const world = {
  links: new FakeLinks(),
  log: { log: () => undefined, warn: (text: string) => void warnings.push(text), error: () => undefined },
};

beforeEach(() => {
  shaping = new FakeShaping();
  dressing = new BandwidthDressing(shaping);
  warnings.length = 0;
});

const owner = { uuid: '81ff0d90-c91e-6742-64da-4a736edb9a9b', name: 'web', type: 'qemu', directory: '/run' };
const own = (kind: string, bandwidth: string, target?: string): Connection => ({
  owner,
  net: parseInterface(
    `<interface type='bridge'><mac address='${mac}'/><source bridge='br0'/><bandwidth>${bandwidth}</bandwidth></interface>`,
  ),
  alias: 'net0',
  mac,
  kind,
  ...(target === undefined ? {} : { target }),
});
const granted = (bandwidth: Bandwidth | undefined, more: Partial<Port['actual']> = {}): Connection => ({
  ...own('bridge', "<inbound average='1'/>", 'vnet0'),
  port: {
    id: owner.uuid,
    network: 'lab',
    networkUuid: owner.uuid,
    mac,
    actual: {
      type: 'network',
      bridge: 'virbr0',
      isolated: false,
      trustGuestRxFilters: false,
      ...(bandwidth ? { bandwidth } : {}),
      ...more,
    },
  },
});

const slow = { rate: 10_000, ceil: 10_000, quantum: 1 };
const limit = { rate: 20_000, burstBytes: 20 * 1024 };
const both = "<inbound average='10'/><outbound average='20'/>";

test.each<[string, Connection, ShapePlan]>([
  ['a tap as the guest sees it', own('bridge', both, 'vnet0'), { inbound: slow, outbound: limit }],
  [
    'a macvtap the other way round',
    own('direct', both, 'macvtap0'),
    { inbound: { rate: 20_000, ceil: 20_000, quantum: 1 }, outbound: { rate: 10_000, burstBytes: 10 * 1024 } },
  ],
  ['what was granted, not what was asked', granted({ outbound: { average: 20 } }), { outbound: limit }],
])('shapes %s', async (_, connection, plan) => {
  expect(dressing.wanted(connection)).toBe(true);
  await dressing.apply(connection, world);
  expect(shaping.shaped.get(connection.target ?? '')).toEqual(plan);
  await dressing.remove(connection);
  expect(shaping.shaped.size).toBe(0);
});

test('does not want what its network has freed of limits', () => expect(dressing.wanted(granted(undefined))).toBe(false));

test('refuses an assigned device, and says of others that they are not limited', async () => {
  await expect(dressing.apply(own('hostdev', both), world)).rejects.toMatchObject({ code: 'config_unsupported', libvirt: 67 });
  await dressing.apply(own('user', both), world);
  expect([shaping.shaped.size, warnings]).toEqual([0, [expect.stringContaining("type 'user'")]]);
});

const floor = (kilobytes: number, more: Partial<Port['actual']> = {}) =>
  granted({ inbound: { average: 50, floor: kilobytes } }, { classId: 3, ...more });

test('promises a floor on the bridge, changes it, moves it and takes it back', async () => {
  const promised = () => [...shaping.floors].map(([where, { rate }]) => [where, rate]);
  await dressing.apply(floor(30), world);
  expect(promised()).toEqual([['virbr0 3', 30_000]]);
  await dressing.update(floor(30), floor(40), world);
  expect(promised()).toEqual([['virbr0 3', 40_000]]);
  await dressing.update(floor(40), floor(40, { bridge: 'virbr1' }), world);
  expect(promised()).toEqual([['virbr1 3', 40_000]]);
  await dressing.update(floor(40, { bridge: 'virbr1' }), granted(undefined), world);
  expect([promised(), shaping.shaped.size]).toEqual([[], 0]);
});

test('puts right what others have changed, and says so', async () => {
  const connection = floor(30);
  await dressing.apply(connection, world);
  expect(await dressing.reconcile(connection)).toEqual([]);
  shaping.shaped.clear();
  shaping.floors.clear();
  expect(await dressing.reconcile(connection)).toEqual(['vnet0 differs', 'the floor of vnet0 on virbr0 was gone']);
  expect([shaping.shaped.size, shaping.floors.size, await dressing.reconcile(connection)]).toEqual([1, 1, []]);
});

test('puts right what others have changed while the guest runs', async () => {
  const all = new Interfaces({ ...world, dressings: [dressing] });
  await world.links.ensureBridge({
    name: 'br0',
    mac: '02:00:00:00:00:02',
    stp: false,
    delaySeconds: 0,
    addresses: [],
    vlanFiltering: false,
  });
  const { net } = own('bridge', both);
  const { connection } = await all.plug(await all.reserve(owner, { ...net, alias: { name: 'net0' } }, undefined));
  expect(await all.mendLink(connection, { active: false })).toEqual([]);
  shaping.shaped.clear();
  expect(await all.mendLink(connection, { active: false })).toEqual(['vnet0 differs']);
  expect([shaping.shaped.size, await all.mendLink(connection, { active: false })]).toEqual([1, []]);
});
