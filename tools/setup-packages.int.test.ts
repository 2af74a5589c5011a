import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

/**
 * Runs tools/setup-packages on a machine of the test's making: in a mount namespace where /usr/sbin is empty, with a PATH of one
 * folder that holds what the test puts there. apt-get is a script that writes down what it is asked and what it sees.
 */
const script = join(import.meta.dirname, 'setup-packages');
const shellTools = ['bash', 'sh', 'cat', 'chmod', 'comm', 'find', 'mv', 'rm', 'sort'];
const programs = ['qemu-system-x86_64', 'qemu-img', 'nats-server', 'dnsmasq', 'nft', 'ip', 'chattr', 'xz'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtbus-packages-'));
  mkdirSync(join(folder, 'bin'));
  for (const tool of shellTools) symlinkSync(`/usr/bin/${tool}`, join(folder, 'bin', tool));
  // A plain user may not reach into the folder of the clone.
  cpSync(script, join(folder, 'setup-packages'));
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const provide = (name: string, text = ''): void => writeFileSync(join(folder, 'bin', name), `#!/usr/bin/bash\n${text}\n`, { mode: 0o755 });

/** An apt-get that notes its arguments and the guard against services, and ends with a status. */
const provideApt = (status = 0): void =>
  provide('apt-get', `guard=$(cat /usr/sbin/policy-rc.d 2>&1); echo "$* | \${guard//$'\\n'/ }" >>${folder}/asked; exit ${status}`);

interface Machine {
  /** Default: root. */
  readonly user?: number;
  /** A guard that stands there already. */
  readonly guard?: string;
}

function run(purpose: string, { user = 0, guard }: Machine = {}) {
  const prepare = `mount -t tmpfs none /usr/sbin && ${guard === undefined ? 'true' : `printf '${guard}' >/usr/sbin/policy-rc.d`}`;
  const inside = `PATH=${folder}/bin /usr/bin/setpriv --reuid=${user} --clear-groups ${folder}/setup-packages ${purpose}; status=$?; cat /usr/sbin/policy-rc.d 2>/dev/null >${folder}/guard; exit $status`;
  const { status, stdout, stderr } = spawnSync('unshare', ['--mount', 'bash', '-c', `${prepare}; ${inside}`], {
    encoding: 'utf8',
    input: '',
  });
  return { status, said: stdout + stderr };
}

const asked = (): string[] => readFileSync(join(folder, 'asked'), 'utf8').trimEnd().split('\n');
const guardLeft = (): string => readFileSync(join(folder, 'guard'), 'utf8');

test('a machine that lacks nothing is left alone, without a word', () => {
  for (const program of programs) provide(program);
  expect(run('demo')).toEqual({ status: 0, said: '' });
});

test('what is missing is named with its package and the reason, and installed after one update', () => {
  for (const program of programs.filter((name) => name !== 'dnsmasq' && name !== 'nft')) provide(program);
  provideApt();
  const { status, said } = run('run');
  expect(said).toContain('missing: dnsmasq (package dnsmasq-base), which gives guests their addresses');
  expect(said).toContain('missing: nft (package nftables)');
  expect(status).toBe(0);
  expect(asked().map((line) => line.replace(/ \|.*/, ''))).toEqual([
    expect.stringMatching(/ update$/),
    expect.stringMatching(/ install --no-install-recommends dnsmasq-base nftables$/),
  ]);
});

test("only a purpose that makes the guest needs the guest's tools", () => {
  for (const program of programs.filter((name) => name !== 'xz')) provide(program);
  provideApt();
  expect(run('run').said).toBe('');
  expect(run('demo').said).toContain('missing: xz (package xz-utils)');
});

test('packages may start no service, and the guard against it is gone afterwards', () => {
  provideApt();
  run('run');
  expect(asked()).toEqual([expect.stringContaining('exit 101'), expect.stringContaining('exit 101')]);
  expect(guardLeft()).toBe('');
});

test.each([0, 100])("the machine's own guard is put back when apt-get ends with %i", (status) => {
  provideApt(status);
  expect(run('run', { guard: 'exit 0' }).status).toBe(status === 0 ? 0 : 1);
  expect(asked()[0]).toContain('exit 101');
  expect(guardLeft()).toBe('exit 0');
});

test('a failure of apt-get is said in words', () => {
  provideApt(100);
  expect(run('run')).toEqual({
    status: 1,
    said: expect.stringContaining('apt-get could not install qemu-system-x86 qemu-utils nats-server'),
  });
});

test('a system that is not Debian gets the programs to install by hand', () =>
  expect(run('run')).toEqual({
    status: 1,
    said: expect.stringContaining('not a Debian system: install these programs by hand, then try again: qemu-system-x86_64'),
  }));

test('a user with neither root nor sudo gets the command for an administrator', () => {
  provideApt();
  const { status, said } = run('run', { user: 65534 });
  expect(status).toBe(1);
  expect(said).toContain('neither root nor sudo: ask an administrator for: apt-get install --no-install-recommends qemu-system-x86');
});

test('a sudo that wants a password where nobody can type one is said, and nothing is tried', () => {
  provideApt();
  provide('sudo', 'echo "sudo: a password is required" >&2; exit 1');
  const { status, said } = run('run', { user: 65534 });
  expect(status).toBe(1);
  expect(said).toContain('sudo was refused: as root, run: apt-get install');
  expect(said).not.toContain('installing with apt-get');
});

test('what the tests try the fleet with is named, too, whether it is a program or not', () => {
  for (const program of programs) provide(program);
  provideApt();
  const { said } = run('test');
  expect(said).toMatch(/missing: busybox \(package busybox-static\)/);
  expect(said).toMatch(/missing: virsh \(package libvirt-clients\)/);
  expect(run('run').said).toBe('');
});
