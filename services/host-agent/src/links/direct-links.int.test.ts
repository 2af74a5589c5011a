import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HostLinks } from './host-links.js';
import { testHost, type TestHost } from './test-host.js';

const mac = '52:54:00:aa:bb:cc';
let folder: string;
let script: string;
let host: TestHost;
let links: HostLinks;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'virtbus-script-'));
  script = join(folder, 'up');
  host = testHost({ scripts: [script] });
  links = await host.open();
});
afterEach(async () => {
  await host.remove();
  rmSync(folder, { recursive: true });
});
const refused = (code: string) => expect.objectContaining({ name: 'LinkError', code });
const show = (name: string) => (JSON.parse(host.run('ip', '-json', '-details', 'link', 'show', name)) as Record<string, unknown>[])[0]!;
const veth = () => host.run('ip', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'wire0');

describe('macvtaps', () => {
  const plan = { name: 'macvtap0', parent: 'up0', mode: 'vepa', mac, model: 'virtio' } as const;
  beforeEach(veth);

  test('are as ip shows them: down with the guest’s MAC, and up together with their parent', async () => {
    const tap = await links.direct.plugMacvtap(plan);
    expect(show('macvtap0')).toMatchObject({ address: mac, link: 'up0', linkinfo: { info_data: { mode: 'vepa' } } });
    expect(show('macvtap0')['flags']).not.toContain('UP');
    links.direct.setMacvtap(plan, true);
    expect([show('macvtap0')['flags'], show('up0')['flags']]).toEqual([expect.arrayContaining(['UP']), expect.arrayContaining(['UP'])]);
    await links.closeTap(tap);
  });

  test('on a port of a bridge are refused', async () => {
    host.run('ip', 'link', 'add', 'br0', 'type', 'bridge');
    host.run('ip', 'link', 'set', 'up0', 'master', 'br0');
    await expect(links.direct.plugMacvtap(plan)).rejects.toThrow(refused('link_busy'));
  });

  test("a link of that name that is somebody else's stays, and the log says so", async () => {
    host.run('ip', 'link', 'add', 'macvtap0', 'type', 'bridge');
    await links.direct.unplugMacvtap(plan, undefined);
    expect(show('macvtap0')).toMatchObject({ linkinfo: { info_kind: 'bridge' } });
    expect(host.logged.join()).toContain('a macvtap of ours that is gone, and stays');
  });

  test("a passthrough's parent has its MAC back even when others took the macvtap away, and keeps one that others gave it", async () => {
    const own = links.direct.macOf('up0');
    const through = { ...plan, mode: 'passthrough' } as const;
    await links.closeTap(await links.direct.plugMacvtap(through));
    host.run('ip', 'link', 'del', 'macvtap0');
    host.run('ip', 'link', 'set', 'up0', 'address', mac);
    await links.direct.unplugMacvtap(through, own);
    expect(show('up0')['address']).toBe(own);
    host.run('ip', 'link', 'set', 'up0', 'address', '02:00:00:00:00:99');
    await links.direct.unplugMacvtap(through, own);
    expect(show('up0')['address']).toBe('02:00:00:00:00:99');
  });

  test('one that fails half way leaves nothing, and the parent its MAC', async () => {
    const own = links.direct.macOf('up0');
    await expect(links.direct.plugMacvtap({ ...plan, mode: 'passthrough', queues: 300 })).rejects.toThrow(refused('system'));
    expect(() => show('macvtap0')).toThrow();
    expect(links.direct.macOf('up0')).toBe(own);
  });
});

describe('taps of others', () => {
  test('are opened and left as they are', async () => {
    host.run('ip', 'tuntap', 'add', 'mine', 'mode', 'tap', 'vnet_hdr');
    host.run('ip', 'link', 'set', 'mine', 'address', '02:00:00:00:00:07', 'mtu', '1300');
    const before = show('mine');
    const tap = links.direct.openGivenLink({ name: 'mine', model: 'virtio' });
    expect(() => links.direct.openGivenLink({ name: 'mine', model: 'virtio' })).toThrow(refused('link_busy'));
    await links.closeTap(tap);
    const { address, mtu, flags } = show('mine');
    expect([address, mtu, flags]).toEqual([before['address'], before['mtu'], before['flags']]);
  });

  test('a macvtap that somebody made is one, a bridge is none', async () => {
    veth();
    host.run('ip', 'link', 'add', 'link', 'up0', 'name', 'mine', 'type', 'macvtap', 'mode', 'bridge');
    await links.closeTap(links.direct.openGivenLink({ name: 'mine', model: 'virtio' }));
    expect(show('mine')).toMatchObject({ linkinfo: { info_kind: 'macvtap' } });
    host.run('ip', 'link', 'add', 'br0', 'type', 'bridge');
    expect(() => links.direct.openGivenLink({ name: 'br0' })).toThrow(refused('tap_missing'));
  });
});

test("the host's end has its addresses and routes, and they may be given twice", async () => {
  const tap = await links.direct.plugLooseTap({ name: 'vnet0', mac });
  const side = {
    addresses: [
      { family: 'ipv4', address: '10.9.0.1', prefix: 24 },
      { family: 'ipv4', address: '10.9.1.1', prefix: 32, peer: '10.9.1.2' },
      { family: 'ipv6', address: 'fd00:9::1', prefix: 64 },
    ],
    routes: [{ family: 'ipv4', address: '10.10.0.0', prefix: 16, gateway: '10.9.0.7' }],
  } as const;
  links.direct.addHostSide('vnet0', side);
  links.direct.addHostSide('vnet0', side);
  expect(host.run('ip', 'address', 'show', 'dev', 'vnet0')).toMatch(
    /inet 10\.9\.0\.1\/24[^]*inet 10\.9\.1\.1 peer 10\.9\.1\.2\/32[^]*inet6 fd00:9::1\/64/,
  );
  expect(host.run('ip', 'route')).toContain('10.10.0.0/16 via 10.9.0.7 dev vnet0');
  expect(() =>
    links.direct.addHostSide('vnet0', {
      addresses: [],
      routes: [{ family: 'ipv4', address: '10.11.0.0', prefix: 16, gateway: '192.0.2.1' }],
    }),
  ).toThrow(refused('system'));
  await links.closeTap(tap);
});

describe('scripts', () => {
  const write = (text: string) => {
    writeFileSync(script, `#!/bin/sh\n${text}\n`);
    chmodSync(script, 0o755);
  };

  test('are run only from the list, in the network of the host, with the name of the link', async () => {
    expect([links.direct.allowsScript(script), links.direct.allowsScript('/etc/qemu-ifup')]).toEqual([true, false]);
    const tap = await links.direct.plugLooseTap({ name: 'vnet0', mac });
    write('ip link set "$1" alias by-the-script');
    await links.direct.runScript(script, 'vnet0');
    expect(show('vnet0')['ifalias']).toBe('by-the-script');
    await links.closeTap(tap);
  });

  test('that fail, or are not there, say so', async () => {
    write('echo no such luck >&2; exit 3');
    await expect(links.direct.runScript(script, 'vnet0')).rejects.toThrow(/ended with 3: no such luck/);
    rmSync(script);
    await expect(links.direct.runScript(script, 'vnet0')).rejects.toThrow(refused('script_failed'));
  });
});
