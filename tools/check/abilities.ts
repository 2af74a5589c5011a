import { spawnSync } from 'node:child_process';
import { accessSync, closeSync, constants, existsSync, openSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { browserPath } from './browser.ts';

/** What a machine may lack for a suite. Each is looked for by trying it, where that is cheap. */
export type Ability =
  | 'root'
  | 'namespaces'
  | 'tun'
  | 'qemu'
  | 'qemu-img'
  | 'dnsmasq'
  | 'nft'
  | 'passt'
  | 'nats-server'
  | 'guest'
  | 'docker'
  | 'virsh'
  | 'bindings'
  | 'virt-manager'
  | 'browser';

/** Why a suite is skipped, by what is missing. */
const reasons = {
  root: 'needs root: taps, bridges and namespaces (try: sudo npm test)',
  namespaces: 'this machine does not let root make a network namespace (a container without CAP_SYS_ADMIN?)',
  tun: '/dev/net/tun is missing or cannot be opened (modprobe tun; in a container: --device /dev/net/tun)',
  qemu: 'qemu-system-x86_64 is missing (package qemu-system-x86)',
  'qemu-img': 'qemu-img is missing (package qemu-utils)',
  dnsmasq: 'dnsmasq is missing (package dnsmasq-base)',
  nft: 'nft is missing (package nftables)',
  passt: 'passt is missing (package passt)',
  'nats-server': 'nats-server is missing (package nats-server)',
  guest: 'the guest image is missing (tools/guest/build makes it)',
  virsh: 'virsh is missing (package libvirt-clients)',
  bindings: "libvirt's bindings or virt-install are missing (packages python3-libvirt, libsys-virt-perl, virtinst)",
  'virt-manager':
    'virt-manager, Xvfb or what drives it is missing (packages virt-manager, gir1.2-gtk-vnc-2.0, xvfb, dbus, at-spi2-core, python3-pyatspi)',
  browser: 'chromium is missing (package chromium-headless-shell)',
  docker: 'no Docker engine answers or can be started, or there is no compose (packages docker.io, docker-compose)',
} as const satisfies Record<Ability, string>;

const isRoot = (): boolean => process.geteuid?.() === 0;

/** Debian keeps servers in sbin, which the PATH of a plain user lacks. */
const places = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];

function hasProgram(name: string): boolean {
  return places.some((place) => {
    try {
      accessSync(join(place, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Only root may open it, so for others its being there must do. */
function hasTun(): boolean {
  if (!isRoot()) return existsSync('/dev/net/tun');
  try {
    closeSync(openSync('/dev/net/tun', 'r+'));
    return true;
  } catch {
    return false;
  }
}

const answers = (program: string, ...args: readonly string[]): boolean => spawnSync(program, args, { timeout: 10_000 }).status === 0;

const probes = {
  root: isRoot,
  namespaces: () => !isRoot() || answers('unshare', '--net', 'true'),
  tun: hasTun,
  qemu: () => hasProgram('qemu-system-x86_64'),
  'qemu-img': () => hasProgram('qemu-img'),
  dnsmasq: () => hasProgram('dnsmasq'),
  nft: () => hasProgram('nft'),
  passt: () => hasProgram('passt'),
  'nats-server': () => process.env['NATS_SERVER'] !== undefined || hasProgram('nats-server'),
  guest: () => existsSync('.cache/guest/vmlinuz') && existsSync('.cache/guest/initrd.img'),
  virsh: () => hasProgram('virsh'),
  bindings: () =>
    hasProgram('virt-install') && answers('/usr/bin/python3', '-c', 'import libvirt') && answers('/usr/bin/perl', '-MSys::Virt', '-e', '1'),
  'virt-manager': () =>
    ['virt-manager', 'Xvfb', 'dbus-run-session'].every(hasProgram) &&
    answers('/usr/bin/python3', '-c', "import gi, pyatspi; gi.require_version('GtkVnc', '2.0')"),
  browser: () => browserPath() !== undefined,
  docker: () => answers('tools/with-docker', 'true') && (answers('docker', 'compose', 'version') || hasProgram('docker-compose')),
} as const satisfies Record<Ability, () => boolean>;

const known = new Map<Ability, boolean>();

function has(ability: Ability): boolean {
  const answer = known.get(ability) ?? probes[ability]();
  known.set(ability, answer);
  return answer;
}

/** What of `needs` this machine lacks, in words. Each ability is tried once. */
export const missing = (needs: readonly Ability[]): string[] => needs.filter((need) => !has(need)).map((need) => reasons[need]);
