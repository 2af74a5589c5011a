import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Port } from '@virtbus/contracts';
import { parseInterface, type NetDef } from '@virtbus/libvirt-xml';
import { FakeHost, FakeLinks } from '../links/fake-links.js';
import { LinkError } from '../links/link-error.js';
import type { Connection } from './connection.js';
import { connectionAgain, recordOf } from './connection.js';
import type { Connector } from './connector.js';
import type { Dressing } from './dressing.js';
import { bridge } from './bridge.js';
import { Interfaces, type InterfacesNeed } from './interfaces.js';

const mac = '52:54:00:00:00:01';
const owner = { uuid: 'c7a5fdbd-edaf-9455-926a-d65c16db1809', name: 'demo', type: 'qemu', directory: '/run/demo' };
const log = { log: vi.fn(), warn: vi.fn(), error: vi.fn() };
const nic = (inner: string, type = 'network'): NetDef => ({
  ...parseInterface(`<interface type='${type}'><mac address='${mac}'/>${inner}</interface>`),
  alias: { name: 'net0' },
});
const lab = `<source network='lab'/>`;
const port = (actual: Partial<Port['actual']> = {}): Port => ({
  id: '4dd41997-8b1a-4f0e-9f0a-3c1f9c8f2a11',
  network: 'lab',
  networkUuid: '81ff0d90-c91e-6742-64da-4a736edb9a9b',
  mac,
  actual: { type: 'network', bridge: 'br-a', macTableManager: 'libvirt', isolated: false, trustGuestRxFilters: false, ...actual },
});

let host: FakeHost;
let links: FakeLinks;
let done: string[];
beforeEach(async () => {
  [host, done] = [new FakeHost(), []];
  links = new FakeLinks(host);
  for (const name of ['br-a', 'br-b']) {
    await links.ensureBridge({
      name,
      mac: `52:54:00:00:0${name.at(-1)}:00`,
      stp: false,
      delaySeconds: 0,
      addresses: [],
      vlanFiltering: false,
    });
  }
});

const interfaces = (more: Partial<InterfacesNeed> = {}) => new Interfaces({ links, log, ...more });

/** A dressing that says what is done with it. */
const dressing = (part: Dressing['part'], more: Partial<Dressing> = {}): Dressing => ({
  part,
  volatile: true,
  wanted: () => true,
  apply: async ({ target }) => void done.push(`${part} on ${target}`),
  update: async () => undefined,
  remove: async ({ target }) => void done.push(`${part} off ${target}`),
  reconcile: async () => [`${part} was gone`],
  ...more,
});

/** The bridge's connector, which says what it does. */
const told: Connector = {
  ...bridge,
  plug: async (connection, world) => {
    done.push('plug');
    return bridge.plug(connection, world);
  },
  unplug: async (connection, world) => {
    done.push('unplug');
    await bridge.unplug(connection, world);
  },
};

describe('is refused by name:', () => {
  test.each<[string, NetDef, Port | undefined, string]>([
    ['a kind that no connector makes', nic('', 'null'), undefined, "type='null'"],
    ['shaping', nic(`${lab}<bandwidth><inbound average='10'/></bandwidth>`), port(), '<bandwidth>'],
    ['shaping by its network', nic(lab), port({ bandwidth: { inbound: { average: 10 } } }), '<bandwidth>'],
    ['a network filter', nic(`${lab}<filterref filter='clean-traffic'/>`), port(), '<filterref>'],
    ['coalescing', nic(`${lab}<coalesce><rx><frames max='7'/></rx></coalesce>`), port(), '<coalesce>'],
  ])('%s', async (_, net, granted, words) => {
    await expect(interfaces({ connectors: { bridge }, dressings: [] }).reserve(owner, net, granted)).rejects.toMatchObject({
      code: 'config_unsupported',
      path: expect.stringContaining(mac),
      message: expect.stringContaining(words),
    });
    expect(host.counters).toEqual({});
  });

  test('a fixed name that is taken', async () => {
    const net = nic(`${lab}<target dev='br-b'/>`);
    await expect(interfaces().reserve(owner, net, port())).rejects.toMatchObject({ code: 'tap_exists' });
  });
});

test('the whole way there and back: name, link, dressings in their order, table; and all of it off again', async () => {
  const all = interfaces({ connectors: { bridge: told }, dressings: [dressing('bandwidth'), dressing('filterref')] });
  const reserved = await all.reserve(owner, nic(lab), port());
  expect([reserved.target, host.taps.size]).toEqual(['vnet0', 0]);
  const { connection, handover } = await all.plug(reserved);
  expect(handover).toMatchObject({ type: 'tap', fds: [expect.any(Number)] });
  await all.activate([connection]);
  expect([...(host.taps.get('vnet0')?.forwarding ?? [])]).toEqual([mac]);
  await all.deactivate([connection]);
  expect(host.taps.get('vnet0')?.forwarding.size).toBe(0);
  await all.unplug(connection);
  expect([done, host.taps.size]).toEqual([
    ['plug', 'bandwidth on vnet0', 'filterref on vnet0', 'filterref off vnet0', 'bandwidth off vnet0', 'unplug'],
    0,
  ]);
});

test('a dressing that fails is taken off with those before it, and the link goes', async () => {
  const failing = dressing('filterref', { apply: async () => Promise.reject(new LinkError('firewall_failed', 'no')) });
  const all = interfaces({ connectors: { bridge: told }, dressings: [dressing('bandwidth'), failing, dressing('coalesce')] });
  await expect(all.plug(await all.reserve(owner, nic(lab), port()))).rejects.toMatchObject({ code: 'firewall_failed' });
  expect(done).toEqual(['plug', 'bandwidth on vnet0', 'filterref off vnet0', 'bandwidth off vnet0', 'unplug']);
  expect(host.taps.size).toBe(0);
});

test('a name is not given again before everything under it is gone', async () => {
  let finish = (): void => undefined;
  const slow = dressing('bandwidth', { remove: async () => new Promise<void>((resolve) => (finish = resolve)) });
  const all = interfaces({ dressings: [slow] });
  const net = nic(`${lab}<target dev='mine'/>`);
  const { connection } = await all.plug(await all.reserve(owner, net, port()));
  host.taps.delete('mine');
  const unplugging = all.unplug(connection);
  await expect(all.reserve(owner, net, port())).rejects.toMatchObject({ code: 'tap_exists' });
  finish();
  await unplugging;
  expect((await all.reserve(owner, net, port())).target).toBe('mine');
});

test('what is not volatile must be in the journal first: the kind or a dressing decides', async () => {
  const connection = await interfaces().reserve(owner, nic(lab), port());
  expect(interfaces().isVolatile(connection)).toBe(true);
  expect(interfaces({ dressings: [dressing('filterref', { volatile: false })] }).isVolatile(connection)).toBe(false);
  expect(interfaces({ connectors: { bridge: { ...bridge, volatile: false } } }).isVolatile(connection)).toBe(false);
});

describe('from its record alone, after a restart,', () => {
  let again: Connection;
  let all: Interfaces;
  beforeEach(async () => {
    all = interfaces({ dressings: [dressing('bandwidth')] });
    const { connection } = await all.plug(await all.reserve(owner, nic(lab), port()));
    again = connectionAgain(owner, nic(lab), JSON.parse(JSON.stringify(recordOf(connection))) as ReturnType<typeof recordOf>);
  });

  test('an interface is mended', async () => {
    expect(await all.reconcile(again, { active: true })).toEqual([expect.stringContaining('forwarding entry'), 'bandwidth was gone']);
    expect(await all.reconcile(again, { active: true })).toEqual(['bandwidth was gone']);
    links.moveTap('vnet0', { bridge: 'br-b' });
    expect((await all.reconcile(again, { active: true }))[0]).toContain('not on br-a');
  });

  test('and unplugged, as often as asked', async () => {
    await all.unplug(again);
    await all.unplug(again);
    expect(host.taps.size).toBe(0);
  });
});
