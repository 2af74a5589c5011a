/** Where a disk's bytes are, how they are encrypted, and who may have them. */
import type { DiskDef } from '../devices/disk.js';
import { sharesMemory } from './facts.js';
import type { Ban } from './rule.js';

const protocolOf = (disk: DiskDef): string => (disk.type === 'network' ? (disk.source?.protocol ?? '') : '');
const networkOf = (disk: DiskDef) => (disk.type === 'network' ? disk.source : undefined);
const encryptionOf = (disk: DiskDef) => disk.encryption ?? disk.source?.encryption;
const authOf = (disk: DiskDef) => disk.auth ?? disk.source?.auth;

const secretTypes: Readonly<Record<string, string>> = { iscsi: 'iscsi', rbd: 'ceph' };

/** Protocols whose names are of a pool and an image in it. */
const pooled = ['rbd', 'gluster'];

const isPair = (name: string): boolean => /^[^/]+\/.+/.test(name);

const network: readonly Ban<DiskDef>[] = [
  {
    at: 'source/auth/secret',
    when: (disk) => {
      const [wanted, given] = [secretTypes[protocolOf(disk)], authOf(disk)?.secret.type];
      return wanted !== undefined && given !== undefined && given !== wanted;
    },
    words: (disk) => `invalid secret type '${authOf(disk)?.secret.type}'`,
  },
  {
    at: 'source',
    when: (disk) => protocolOf(disk) === 'tftp',
    words: "'tftp' protocol is not supported with this QEMU binary",
  },
  {
    at: 'source',
    code: 'XML_ERROR',
    when: (disk) => pooled.includes(protocolOf(disk)) && !isPair(networkOf(disk)?.name ?? ''),
    words: (disk) => `can't split path '${networkOf(disk)?.name ?? ''}' into pool name and image name`,
  },
  {
    at: 'source',
    when: (disk) => protocolOf(disk) === 'nfs' && networkOf(disk)?.host.length !== 1,
    words: "'nfs' protocol requires the usage of exactly one host",
  },
  {
    at: 'source/host',
    when: (disk) => protocolOf(disk) === 'nfs' && networkOf(disk)?.host[0]?.port !== undefined,
    words: "port cannot be specified in 'nfs' protocol host",
  },
];

const encrypted: readonly Ban<DiskDef>[] = [
  {
    at: 'encryption/cipher',
    when: (disk) => encryptionOf(disk)?.cipher !== undefined,
    words: 'supplying <cipher> for domain disk definition is unnecessary',
  },
  {
    at: 'encryption',
    when: (disk) => ['qcow', 'default'].includes(encryptionOf(disk)?.format ?? ''),
    words: 'old qcow/qcow2 encryption is not supported',
  },
  {
    at: 'encryption',
    when: (disk) => encryptionOf(disk)?.engine === 'librbd' && protocolOf(disk) !== 'rbd',
    words: 'librbd encryption is supported only with RBD backed disks',
  },
  {
    at: 'encryption',
    when: (disk) => encryptionOf(disk)?.engine !== 'librbd' && encryptionOf(disk)?.format === 'luks2',
    words: 'luks2 is currently not supported by the qemu encryption engine',
  },
];

export const sourceBans: readonly Ban<DiskDef>[] = [
  ...encrypted,
  ...network,
  { when: (disk, def) => disk.type === 'vhostuser' && !sharesMemory(def), words: "'vhostuser' requires shared memory" },
];
