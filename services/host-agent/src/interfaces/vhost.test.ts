import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { close, open, SystemError } from '@virtbus/libc';
import { parseInterface, type NetDef } from '@virtbus/libvirt-xml';
import { beforeEach, describe, expect, test } from 'vitest';
import { FakeHost, FakeLinks } from '../links/fake-links.js';
import { Interfaces } from './interfaces.js';
import { openVhost, vhostOf } from './vhost.js';

const ENOENT = 2;
const owner = (type: string) => ({ uuid: 'c7a5fdbd-edaf-9455-926a-d65c16db1809', name: 'demo', type, directory: '/run/demo' });
const nic = (driver: string, model: string): NetDef => ({
  ...parseInterface(
    `<interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='br0'/><model type='${model}'/>${driver}</interface>`,
  ),
  alias: { name: 'net0' },
});
const name = (driver: string) => `<driver name='${driver}'/>`;
let asked: string[];
beforeEach(() => {
  asked = [];
});
const works = (path: string) => asked.push(path);
const absent = (path: string): number => {
  asked.push(path);
  throw new SystemError('open', ENOENT, path);
};

describe('a host that has vhost-net', () => {
  test.each<[type: string, driver: string, model: string, queues: number, opened: number]>([
    ['kvm', '', 'virtio', 1, 1],
    ['kvm', '', 'virtio', 3, 3],
    ['kvm', name('vhost'), 'virtio-non-transitional', 2, 2],
    ['kvm', name('qemu'), 'virtio', 2, 0],
    ['kvm', '', 'e1000', 1, 0],
    ['qemu', '', 'virtio', 1, 0],
    ['qemu', name('qemu'), 'virtio', 1, 0],
    ['qemu', name('vhost'), 'virtio', 2, 2],
  ])('a domain of type %s with %j and model %s, %i queues: opened %i times', (type, driver, model, queues, opened) => {
    const fds = vhostOf({ net: nic(driver, model), owner: owner(type) }, queues, works);
    expect([fds.length, asked]).toEqual([opened, Array.from({ length: opened }, () => '/dev/vhost-net')]);
  });

  test('that goes by another name is opened by it', () => {
    vhostOf({ net: nic(`<backend vhost='/dev/vhost-other'/>`, 'virtio'), owner: owner('kvm') }, 1, works);
    expect(asked).toEqual(['/dev/vhost-other']);
  });
});

describe('a host without vhost-net', () => {
  test('does without, where nobody has asked for it', () => {
    expect([vhostOf({ net: nic('', 'virtio'), owner: owner('kvm') }, 2, absent), asked.length]).toEqual([[], 1]);
    expect([vhostOf({ net: nic(name('qemu'), 'virtio'), owner: owner('kvm') }, 1, absent), asked.length]).toEqual([[], 1]);
  });

  test('refuses it where somebody has, and keeps no descriptor', () => {
    const first = open('/dev/null', 0);
    const onlyOne = (path: string): number => (asked.length === 0 ? (asked.push(path), first) : absent(path));
    expect(() => vhostOf({ net: nic(name('vhost'), 'virtio'), owner: owner('kvm') }, 2, onlyOne)).toThrow(
      expect.objectContaining({
        code: 'config_unsupported',
        message: expect.stringContaining('vhost-net was requested for an interface, but is unavailable'),
      }),
    );
    expect(() => close(first)).toThrow('bad file descriptor');
  });
});

describe('an interface', () => {
  const host = new FakeHost();
  host.bridges.set('br0', { name: 'br0' } as never);
  const log = { log: () => undefined, warn: () => undefined, error: () => undefined };

  test('is handed over with it; without it, when it is demanded, nothing is left', async () => {
    const interfacesWith = (opener: (path: string) => number) => new Interfaces({ links: new FakeLinks(host), log, openVhost: opener });
    const plug = async (all: Interfaces) => all.plug(await all.reserve(owner('qemu'), nic(name('vhost'), 'virtio'), undefined));
    expect((await plug(interfacesWith(works))).handover).toMatchObject({ type: 'tap', vhostFds: [1] });
    const before = host.taps.size;
    await expect(plug(interfacesWith(absent))).rejects.toMatchObject({ code: 'config_unsupported', libvirt: 67 });
    expect(host.taps.size).toBe(before);
  });
});

test('what is no vhost-net is not taken for one, and not held open', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vhost-'));
  const path = join(folder, 'file');
  writeFileSync(path, '');
  const before = readdirSync('/proc/self/fd').length;
  expect(() => openVhost(path)).toThrow('inappropriate ioctl');
  expect(() => openVhost(join(folder, 'nothing'))).toThrow('no such file');
  expect(readdirSync('/proc/self/fd').length).toBe(before);
  rmSync(folder, { recursive: true });
});
