import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dnsmasqFiles, type DnsmasqFiles } from '../core/dnsmasq-files.js';
import type { DnsmasqPlan } from '../core/link-plan.js';
import { bridgePlan } from './conformance/case.js';
import { HostLinks } from './host-links.js';
import { testHost, type TestHost } from './test-host.js';
import { guestOn, type TestMachine } from './test-network.js';

let host: TestHost;
let links: HostLinks;
let files: DnsmasqFiles;
let machines: TestMachine[];
beforeEach(async () => {
  host = testHost();
  links = await host.open();
  files = dnsmasqFiles(host.options.stateDir, 'net');
  machines = [];
  await links.ensureBridge(bridgePlan({ addresses: [{ family: 'ipv4', address: '10.77.0.1', prefix: 24 }] }));
});
afterEach(async () => {
  try {
    for (const machine of machines) machine.remove();
  } finally {
    await host.remove();
  }
});

const plan = (change: Partial<DnsmasqPlan> = {}): DnsmasqPlan => ({
  network: 'net',
  configText: host.dnsmasqConfig('net', 'br-a'),
  hostsText: '',
  addnHostsText: '10.77.0.30\tweb\n',
  ...change,
});
const failed = (words: RegExp) =>
  expect.objectContaining({ name: 'LinkError', code: 'dnsmasq_failed', libvirtCode: 1, message: expect.stringMatching(words) });
const status = (pid: number) => readFileSync(`/proc/${pid}/status`, 'utf8');
const runs = (pid: number) => existsSync(`/proc/${pid}/stat`) && !status(pid).includes('State:\tZ');
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
const dnsmasqs = () =>
  execFileSync('ip', ['netns', 'pids', host.netns], { encoding: 'utf8' }).trim().split('\n').filter(Boolean).map(Number);

/** Undefined for the descriptor that is open only while the directory is read. */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** A machine on the bridge with this MAC, without an address. */
function guest(mac: string): TestMachine {
  const machine = guestOn(host, 'br-a');
  machines.push(machine);
  machine.run('ip', 'link', 'set', 'eth0', 'address', mac);
  return machine;
}
const askForLease = (machine: TestMachine): string =>
  machine.run('sh', '-c', 'busybox udhcpc -i eth0 -n -q -f -t 3 -T 1 -s /bin/true 2>&1');
const lookUp = (name: string): string => host.run('sh', '-c', `busybox nslookup ${name} 10.77.0.1 2>&1 || true`);

describe('what a guest gets', () => {
  test('a lease, which is then told with its holder', async () => {
    await links.ensureDnsmasq(plan());
    expect(await links.leases('net')).toEqual([]);
    expect(askForLease(guest('52:54:00:00:00:07'))).toMatch(/lease of 10\.77\.0\.\d+ obtained/);
    const [lease, ...others] = await links.leases('net');
    expect(others).toEqual([]);
    expect(lease).toMatchObject({ family: 'ipv4', mac: '52:54:00:00:00:07', address: expect.stringMatching(/^10\.77\.0\./) });
    expect(lease!.expiry).toBeGreaterThan(Date.now() / 1000);
    expect(lease!.expiry).toBeLessThanOrEqual(Date.now() / 1000 + 3601);
  });

  test('the address of its entry, also of one that came with a reload', async () => {
    const { pid } = await links.ensureDnsmasq(plan({ hostsText: '52:54:00:00:00:08,10.77.0.44,eight\n' }));
    expect(askForLease(guest('52:54:00:00:00:08'))).toContain('lease of 10.77.0.44 obtained');
    expect(await links.ensureDnsmasq(plan({ hostsText: '52:54:00:00:00:09,10.77.0.55\n' }))).toEqual({ pid, action: 'reloaded' });
    expect(askForLease(guest('52:54:00:00:00:09'))).toContain('lease of 10.77.0.55 obtained');
    expect(await links.leases('net')).toMatchObject([
      { mac: '52:54:00:00:00:09', address: '10.77.0.55' },
      { mac: '52:54:00:00:00:08', address: '10.77.0.44', hostname: 'eight' },
    ]);
  });

  test('the names of the network, also those that came with a reload', async () => {
    await links.ensureDnsmasq(plan());
    expect(lookUp('web')).toContain('10.77.0.30');
    await links.ensureDnsmasq(plan({ addnHostsText: '10.77.0.31\tweb\n' }));
    await expect.poll(() => lookUp('web')).toContain('10.77.0.31');
  });

  test('leases are kept by a restart for another configuration, and those that have run out are not told', async () => {
    await links.ensureDnsmasq(plan());
    askForLease(guest('52:54:00:00:00:07'));
    const before = await links.leases('net');
    await links.ensureDnsmasq(plan({ configText: `${plan().configText}domain-needed\n` }));
    expect(await links.leases('net')).toEqual(before);
    writeFileSync(files.leaseFile, '1000 52:54:00:00:00:01 10.77.0.9 * *\n0 52:54:00:00:00:02 10.77.0.10 * *\n');
    expect(await links.leases('net')).toMatchObject([{ mac: '52:54:00:00:00:02', expiry: 0 }]);
  });
});

describe('the process', () => {
  test('is a daemon without root, in a session of its own, and its files are as open as need be', async () => {
    const { pid } = await links.ensureDnsmasq(plan());
    expect(status(pid)).toMatch(/^PPid:\t1$/m);
    expect(status(pid)).not.toMatch(/^Uid:\t0\t/m);
    const session = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[3];
    expect(session).not.toBe(readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ')[3]);
    expect([files.configFile, files.recordFile, files.hostsFile, files.addnHostsFile].map(mode)).toEqual(['600', '600', '644', '644']);
    expect(host.logged).toEqual([]);
  });

  test('stays root, which is told, where others cannot reach its files', async () => {
    const closed = mkdtempSync(join(tmpdir(), 'virtbus-closed-'));
    chmodSync(closed, 0o700);
    const stateDir = join(closed, 'state');
    const inside = await HostLinks.open({ ...host.options, stateDir });
    try {
      const configText = plan().configText.replaceAll(host.options.stateDir, stateDir);
      const { pid } = await inside.ensureDnsmasq(plan({ configText }));
      expect(status(pid)).toMatch(/^Uid:\t0\t/m);
      expect(host.logged).toEqual([expect.stringMatching(/^warn: dnsmasq stays root/)]);
      expect(lookUp('web')).toContain('10.77.0.30');
    } finally {
      await inside.removeDnsmasq('net');
      await inside.close();
      rmSync(closed, { recursive: true });
    }
  });

  test('holds no pipe of this process, whose end it would feel', async () => {
    const { pid } = await links.ensureDnsmasq(plan());
    const held = (fd: string) => linkOf(`/proc/${pid}/fd/${fd}`) ?? '';
    await expect.poll(() => ['0', '1', '2'].map(held)).toEqual(['/dev/null', '/dev/null', '/dev/null']);
    const mine = new Set(readdirSync('/proc/self/fd').flatMap((fd) => linkOf(`/proc/self/fd/${fd}`) ?? []));
    const shared = readdirSync(`/proc/${pid}/fd`).map(held);
    expect(shared.filter((one) => one.includes(':[') && mine.has(one))).toEqual([]);
  });

  test('ends, with its files, when it is removed, even when it does not listen', async () => {
    const { pid } = await links.ensureDnsmasq(plan());
    process.kill(pid, 'SIGSTOP');
    await links.removeDnsmasq('net');
    expect(runs(pid)).toBe(false);
    expect(readdirSync(join(host.options.stateDir, 'dnsmasq'))).toEqual([]);
  });

  test('is found without its pid file', async () => {
    const { pid } = await links.ensureDnsmasq(plan());
    rmSync(files.pidFile);
    expect(await links.ensureDnsmasq(plan())).toEqual({ pid, action: 'none' });
    await links.removeDnsmasq('net');
    expect(runs(pid)).toBe(false);
  });

  test('is started again when it is gone', async () => {
    const { pid } = await links.ensureDnsmasq(plan());
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => runs(pid)).toBe(false);
    expect(await links.ensureDnsmasq(plan())).toMatchObject({ action: 'started' });
    expect(dnsmasqs()).toHaveLength(1);
  });

  test.each([
    ['missing', ''],
    ['no JSON', 'nonsense'],
    ['of another process', '{"pid":1,"startTime":1,"config":"x","hosts":"x"}'],
    ['of something else', '[]'],
  ])('is restarted when the record of what it runs on is %s', async (_, record) => {
    const { pid } = await links.ensureDnsmasq(plan());
    if (record === '') rmSync(files.recordFile);
    else writeFileSync(files.recordFile, record);
    expect(await links.ensureDnsmasq(plan())).toMatchObject({ action: 'restarted' });
    expect(runs(pid)).toBe(false);
    expect(dnsmasqs()).toHaveLength(1);
  });
});

test('a record of an earlier process with the same pid does not count', async () => {
  const { pid } = await links.ensureDnsmasq(plan());
  const record = JSON.parse(readFileSync(files.recordFile, 'utf8')) as { startTime: number };
  writeFileSync(files.recordFile, JSON.stringify({ ...record, startTime: record.startTime - 1 }));
  expect(await links.ensureDnsmasq(plan())).toMatchObject({ action: 'restarted' });
  expect(runs(pid)).toBe(false);
});

describe('what is not the dnsmasq of this network', () => {
  test('is neither taken for it nor stopped, whatever the pid file says', async () => {
    const other = spawn('sleep', ['60']);
    await links.ensureDnsmasq(plan());
    await links.removeDnsmasq('net');
    writeFileSync(files.pidFile, `${other.pid}\n`);
    expect(await links.ensureDnsmasq(plan())).toMatchObject({ action: 'started' });
    await links.removeDnsmasq('net');
    writeFileSync(files.pidFile, `${other.pid}\n`);
    await links.removeDnsmasq('net');
    expect(other.exitCode ?? other.signalCode).toBeNull();
    other.kill();
  });

  test("another network's goes on", async () => {
    await links.ensureBridge(
      bridgePlan({ name: 'br-b', mac: '52:54:00:00:00:02', addresses: [{ family: 'ipv4', address: '10.78.0.1', prefix: 24 }] }),
    );
    const { pid } = await links.ensureDnsmasq(plan());
    const configText = host.dnsmasqConfig('other', 'br-b').replaceAll('10.77', '10.78');
    const other = await links.ensureDnsmasq({ network: 'other', configText });
    await links.removeDnsmasq('net');
    expect([runs(pid), runs(other.pid)]).toEqual([false, true]);
  });
});

describe('a failure', () => {
  test('of a configuration is told in the words of dnsmasq, and leaves no file', async () => {
    const bad = plan({ configText: `${plan().configText}no-such-option\n` });
    await expect(links.ensureDnsmasq(bad)).rejects.toThrow(failed(/bad option at line \d+/));
    expect(dnsmasqs()).toEqual([]);
    expect(readdirSync(join(host.options.stateDir, 'dnsmasq'))).toEqual([]);
  });

  test('at the start is told in the words of dnsmasq', async () => {
    const bad = plan({ configText: `${plan().configText}user=nobody-of-this-name\n` });
    await expect(links.ensureDnsmasq(bad)).rejects.toThrow(failed(/ended with [1-9]: .*nobody-of-this-name/));
  });

  test('for want of dnsmasq is told', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/nowhere';
    try {
      await expect(links.ensureDnsmasq(plan())).rejects.toThrow(failed(/spawn dnsmasq ENOENT/));
    } finally {
      process.env['PATH'] = path;
    }
  });

  test('to write its files is told', async () => {
    rmSync(join(host.options.stateDir, 'dnsmasq'), { recursive: true, force: true });
    writeFileSync(join(host.options.stateDir, 'dnsmasq'), 'in the way');
    await expect(links.ensureDnsmasq(plan())).rejects.toThrow(
      expect.objectContaining({ code: 'system', message: expect.stringMatching(/^cannot serve DHCP and DNS on net: E/) }),
    );
  });
});
