/**
 * A host that does not exist, the same everywhere: command lines made for it can be compared from machine to machine, and need no
 * fleet. It has QEMU 7.2, KVM, two sizes of huge pages, every descriptor and every secret; its paths are those of libvirt's own tests.
 */
import { LibvirtError, type DomainDef } from '@virtbus/libvirt-xml';
import type { Accelerator, ArgvHost } from '../host/argv-host.js';
import type { HostLookups } from '../host/lookups.js';
import type { PrepareOptions } from '../prepare/prepare-domain.js';
import { referenceCapabilities } from './reference-capabilities.js';
import { referenceCpus } from './reference-cpus.js';
import { referenceFirmwares } from './reference-firmware.js';
import { referenceInterfaces } from './reference-interfaces.js';
import { referenceVolume } from './reference-volumes.js';

const FIRST_VNC_PORT = 5900;
const ANY_DESCRIPTOR = 1729;
const ANY_CID = 42;
/** Seconds since 1970: its clock stands still, in Greenwich. */
const ANY_TIME = 1_234_567_890;
/** libvirt cuts the name in its directories, so that sockets below them fit into an address. */
const NAME_LENGTH = 20;

export const referencePreparation: PrepareOptions = {
  firmwares: referenceFirmwares,
  nvramDirectory: '/var/lib/libvirt/qemu/nvram',
  channelDirectory: '/var/lib/libvirt/qemu/channel/target',
  vsockCid: ANY_CID,
  port: (kind) => (kind === 'vnc' ? FIRST_VNC_PORT : undefined),
};

const lookup: HostLookups = {
  descriptor: () => ANY_DESCRIPTOR,
  secret: ({ purpose }) => (purpose === 'tls-key' ? undefined : { data: 'AAECAwQFBgcICQoLDA0ODw==', iv: 'AAECAwQFBgcICQoLDA0ODw==' }),
  isCdrom: (path) => path === '/dev/cdrom',
  scsiGeneric: () => '/dev/sg0',
  account: (_kind, name) => (name === 'root' ? 0 : undefined),
  volume: referenceVolume,
};

/** @param domain prepared with `referencePreparation` */
export function referenceHost(domain: DomainDef): ArgvHost {
  const accel = acceleratorOf(domain);
  const short = `-1-${domain.name.slice(0, NAME_LENGTH)}`;
  const directory = `/tmp/lib/domain-${short}`;
  return {
    capabilities: referenceCapabilities,
    accel,
    paths: {
      directory,
      masterKey: `${directory}/master-key.aes`,
      memory: `/var/lib/libvirt/qemu/ram/${short}`,
      hugePages: [
        { sizeKiB: 2048, path: `/dev/hugepages2M/libvirt/qemu/${short}`, default: true },
        { sizeKiB: 1_048_576, path: `/dev/hugepages1G/libvirt/qemu/${short}` },
      ],
      tls: {
        vnc: '/etc/pki/libvirt-vnc',
        spice: '/etc/pki/libvirt-spice',
        chardev: '/etc/pki/libvirt-chardev',
        storage: '/etc/pki/qemu',
      },
      tpmSocket: '/dev/test',
    },
    interfaces: referenceInterfaces(domain, accel),
    monitor: { fd: ANY_DESCRIPTOR },
    startTime: { utc: ANY_TIME, local: ANY_TIME },
    renderNode: '/dev/dri/foo',
    numaNodes: Array.from({ length: 8 }, (_, node) => node),
    spice: { password: true },
    transientDisks: true,
    lookup: { ...lookup, cpu: () => referenceCpus[accel] },
  };
}

function acceleratorOf({ type, devices }: DomainDef): Accelerator {
  if (type === 'kvm') return 'kvm';
  if (type === 'qemu') return 'tcg';
  const emulator = devices.emulator ?? referenceCapabilities.binary;
  throw new LibvirtError('CONFIG_UNSUPPORTED', `'${emulator}' runs guests of type qemu and kvm, not '${type}'`, { path: '/domain/@type' });
}

/** Environment that QEMU is started in. */
export function referenceEnvironment(domain: DomainDef): Readonly<Record<string, string>> {
  const { directory } = referenceHost(domain).paths;
  return {
    LC_ALL: 'C',
    PATH: '/bin',
    HOME: directory,
    USER: 'test',
    LOGNAME: 'test',
    XDG_DATA_HOME: `${directory}/.local/share`,
    XDG_CACHE_HOME: `${directory}/.cache`,
    XDG_CONFIG_HOME: `${directory}/.config`,
  };
}
