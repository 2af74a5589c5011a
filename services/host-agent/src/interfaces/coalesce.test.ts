import { parseInterface, type NetDef } from '@virtbus/libvirt-xml';
import { beforeEach, expect, test } from 'vitest';
import { FakeHost, FakeLinks } from '../links/fake-links.js';
import type { Connection } from './connection.js';
import { Interfaces } from './interfaces.js';

const owner = { uuid: 'c7a5fdbd-edaf-9455-926a-d65c16db1809', name: 'demo', type: 'qemu', directory: '/run/demo' };
const log = { log: () => undefined, warn: () => undefined, error: () => undefined };
const nic = (frames: number | undefined): NetDef => ({
  ...parseInterface(
    `<interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='br0'/><model type='virtio'/>${
      frames === undefined ? '' : `<coalesce><rx><frames max='${frames}'/></rx></coalesce>`
    }</interface>`,
  ),
  alias: { name: 'net0' },
});
const active = { active: true };

let host: FakeHost;
let all: Interfaces;
let connection: Connection;
const gathers = () => host.taps.get('vnet0')?.rxFrames ?? 0;
beforeEach(async () => {
  host = new FakeHost();
  host.bridges.set('br0', { name: 'br0' } as never);
  all = new Interfaces({ links: new FakeLinks(host), log });
  ({ connection } = await all.plug(await all.reserve(owner, nic(7), undefined)));
});

test('a tap gathers as many frames as its interface says', () => expect(gathers()).toBe(7));

test.each<[string, number | undefined, number]>([
  ['more', 30, 30],
  ['more than the kernel lets it', 1000, 64],
  ['none', undefined, 0],
])('and %s when that is changed', async (_, frames, expected) => {
  await all.change(connection, { ...connection, net: nic(frames) }, active);
  expect(gathers()).toBe(expected);
});

test('and again when somebody has changed it, which is said', async () => {
  host.taps.set('vnet0', { ...host.taps.get('vnet0')!, rxFrames: 1 });
  expect(await all.reconcile(connection, active)).toContain('vnet0 gathered 1 frames, and gathers 7 again');
  expect(await all.reconcile(connection, active)).toEqual([]);
  expect(gathers()).toBe(7);
});
