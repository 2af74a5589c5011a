import type { Ability } from './abilities.ts';

/**
 * What a test file needs of the machine, by where it stands: the longest beginning of its path decides.
 * Unit tests need nothing. A file with a real thing that stands nowhere here is refused by a test.
 */
const needsByPlace: Readonly<Record<string, readonly Ability[]>> = {
  'apps/virtbus/src/': ['nats-server'],
  'apps/virtbus/src/cli/events-compared': ['nats-server', 'virsh'],
  'apps/virtbus/src/cli/capabilities-compared': ['nats-server', 'virsh'],
  'apps/virtbus/src/cli/terminal-dialogue': [],
  'apps/virtbus/src/cli/http-client': [],
  'libs/libvirt-rpc/': ['virsh'],
  'libs/libc/': ['root', 'namespaces', 'tun'],
  'libs/messaging/': ['nats-server'],
  'libs/netlink/': ['root', 'namespaces', 'tun'],
  'libs/qemu-argv/': ['qemu'],
  'libs/qemu-argv/src/compared': ['root', 'namespaces', 'virsh'],
  'libs/qmp/': ['qemu'],
  'libs/telemetry/': [],
  'libs/testing/src/sriov-peer': [],
  'services/api/src/access/': [],
  'services/api/src/rpc/': ['virsh'],
  'services/api/src/rpc/screens/': [],
  'services/api/src/rpc/sign-in': ['virsh', 'nats-server'],
  'services/netd/': ['nats-server'],
  'services/host-agent/src/console': [],
  'services/host-agent/src/interfaces/': ['root', 'namespaces', 'tun'],
  'services/host-agent/src/links/': ['root', 'namespaces', 'tun', 'dnsmasq', 'nft'],
  'services/host-agent/src/links/passts': ['root', 'namespaces', 'passt'],
  'services/host-agent/src/links/tap-name-store': [],
  'services/host-agent/src/nwfilter/': ['root', 'namespaces', 'tun', 'nft'],
  'services/host-agent/src/sriov/': ['root', 'namespaces'],
  'services/host-agent/src/shaping/': ['root', 'namespaces', 'tun'],
  'services/host-agent/src/storage/': ['qemu-img'],
  'services/host-agent/src/storage/volume-sessions': ['nats-server'],
  'services/host-agent/src/operations/': ['qemu'],
  'services/host-agent/src/qemu/': ['qemu'],
  'services/host-agent/src/qemu/capabilities/described': ['root', 'namespaces', 'qemu', 'virsh'],
  'services/host-agent/src/qemu/disk-cache': [],
  'services/host-agent/src/qemu/log': [],
  'services/host-agent/src/qemu/guest': ['qemu', 'guest'],
  'tests/rest/': ['nats-server'],
  'tests/rest/page': ['nats-server', 'browser'],
  'tests/rest/guest-info': ['nats-server', 'virsh'],
  'tests/e2e/': ['root', 'namespaces', 'tun', 'dnsmasq', 'nft', 'nats-server', 'qemu', 'guest'],
  'tests/e2e/fleets-at-once': ['root', 'namespaces', 'tun', 'dnsmasq', 'nft', 'nats-server', 'qemu'],
  'tests/e2e/passt': ['root', 'namespaces', 'tun', 'nats-server', 'qemu', 'guest', 'passt'],
  'tests/e2e/virt-manager': ['root', 'namespaces', 'tun', 'dnsmasq', 'nft', 'nats-server', 'qemu', 'guest', 'virsh', 'virt-manager'],
  'tests/e2e/virsh': ['root', 'namespaces', 'tun', 'dnsmasq', 'nft', 'nats-server', 'qemu', 'guest', 'virsh'],
  'tests/e2e/events': ['root', 'namespaces', 'tun', 'dnsmasq', 'nft', 'nats-server', 'qemu', 'guest', 'virsh'],
  'tests/e2e/devices': ['root', 'namespaces', 'tun', 'dnsmasq', 'nft', 'nats-server', 'qemu', 'guest', 'virsh'],
  'tests/e2e/screens': ['root', 'namespaces', 'tun', 'dnsmasq', 'nft', 'nats-server', 'qemu', 'guest', 'virsh', 'bindings'],
  'tests/e2e/clients': ['root', 'namespaces', 'tun', 'dnsmasq', 'nft', 'nats-server', 'qemu', 'guest', 'bindings', 'qemu-img'],
  'tests/e2e/permissions': ['root', 'namespaces', 'tun', 'dnsmasq', 'nft', 'nats-server', 'qemu', 'qemu-img', 'guest'],
  'tests/e2e/storage': ['root', 'namespaces', 'tun', 'dnsmasq', 'nft', 'nats-server', 'qemu', 'qemu-img'],
  'tests/e2e/virt-install': ['root', 'namespaces', 'tun', 'dnsmasq', 'nft', 'nats-server', 'qemu', 'qemu-img', 'guest', 'bindings'],
  'tools/': [],
  'tools/setup-packages': ['root', 'namespaces'],
};

/** Null for a file that stands nowhere in the table. */
export function needsOf(path: string): readonly Ability[] | null {
  const [place] = Object.keys(needsByPlace)
    .filter((beginning) => path.startsWith(beginning))
    .toSorted((a, b) => b.length - a.length);
  return place === undefined ? null : (needsByPlace[place] ?? null);
}

export interface Division {
  readonly runnable: readonly string[];
  /** Files that cannot run here, by what is missing for them, in words. */
  readonly skipped: ReadonlyMap<string, readonly string[]>;
}

/** Divides test files by what this machine can do. `missing` puts into words what it lacks. */
export function divide(files: readonly string[], missing: (needs: readonly Ability[]) => string[]): Division {
  const whys = files.map((file) => missing(needsOf(file) ?? []).join('; '));
  const skipped = new Map<string, string[]>();
  for (const [index, file] of files.entries()) {
    const why = whys[index];
    if (why) skipped.set(why, [...(skipped.get(why) ?? []), file]);
  }
  return { runnable: files.filter((_, index) => !whys[index]), skipped };
}
