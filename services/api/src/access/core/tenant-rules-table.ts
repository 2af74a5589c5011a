import type { Grant } from './identity.js';

/** An element that a tenant's definition may not have, wherever it stands. */
export interface ElementRule {
  /** Which grant allows it; without one it is the administrators'. */
  readonly grant?: Grant;
  /** Only with one of these values in an attribute. */
  readonly when?: { readonly attribute: string; readonly not: readonly string[] };
  readonly why: string;
}

const chardev: ElementRule = {
  grant: 'host-path',
  when: { attribute: 'type', not: ['pty', 'null', 'vc', 'unix', 'spicevmc', 'spiceport', 'qemu-vdagent'] },
  why: 'a character device of this type reaches a file or the network of the host',
};

const audio: ElementRule = {
  grant: 'host-path',
  when: { attribute: 'type', not: ['none', 'spice', 'vnc'] },
  why: 'a sound card of the host',
};

/** By element name. `type` values that are named are harmless; every other one is refused. */
export const elementRules: Readonly<Record<string, readonly ElementRule[]>> = {
  emulator: [{ why: 'the program that runs on the host' }],
  seclabel: [{ why: 'how the guest is confined' }],
  launchSecurity: [{ grant: 'host-tuning', why: "the host's secure processor" }],
  hostdev: [{ grant: 'hostdev', why: 'a device of the host' }],
  script: [{ why: 'a program that runs on the host' }],
  downscript: [{ why: 'a program that runs on the host' }],
  lease: [{ grant: 'host-path', why: 'a lock space of the host' }],
  filesystem: [{ grant: 'host-path', why: 'a directory of the host' }],
  shmem: [{ grant: 'host-path', why: 'memory that is shared on the host' }],
  pstore: [{ grant: 'host-path', why: 'a file of the host' }],
  bootloader: [{ why: 'a program that runs on the host' }],
  init: [{ why: 'a program that runs on the host' }],
  resource: [{ grant: 'host-tuning', why: "the host's control groups" }],
  cputune: [{ grant: 'host-tuning', why: "the host's processors" }],
  numatune: [{ grant: 'host-tuning', why: "the host's memory nodes" }],
  blkiotune: [{ grant: 'host-tuning', why: "the host's disks" }],
  locked: [{ grant: 'host-tuning', why: 'memory that the host cannot take back' }],
  interface: [
    {
      grant: 'hostdev',
      when: {
        attribute: 'type',
        not: [
          'network',
          'bridge',
          'direct',
          'ethernet',
          'user',
          'vhostuser',
          'vdpa',
          'udp',
          'mcast',
          'server',
          'client',
          'internal',
          'null',
          'vds',
        ],
      },
      why: 'a device of the host',
    },
    { grant: 'host-network', when: { attribute: 'type', not: ['network', 'null', 'hostdev'] }, why: "the host's own network" },
  ],
  disk: [
    {
      grant: 'network-storage',
      when: { attribute: 'type', not: ['file', 'volume', 'block', 'dir', 'nvme', 'vhostuser', 'vhostvdpa'] },
      why: "storage that the host's network reaches",
    },
    { grant: 'hostdev', when: { attribute: 'type', not: ['file', 'volume', 'network'] }, why: 'a device of the host' },
    { grant: 'hostdev', when: { attribute: 'device', not: ['disk', 'cdrom', 'floppy'] }, why: 'a device of the host' },
    { grant: 'hostdev', when: { attribute: 'rawio', not: ['no'] }, why: 'raw access to a device of the host' },
  ],
  serial: [chardev],
  parallel: [chardev],
  console: [chardev],
  channel: [chardev],
  redirdev: [chardev],
  smartcard: [{ grant: 'hostdev', when: { attribute: 'mode', not: ['passthrough'] }, why: 'a card reader of the host' }, { ...chardev }],
  input: [{ grant: 'hostdev', when: { attribute: 'type', not: ['mouse', 'keyboard', 'tablet'] }, why: 'a device of the host' }],
  backend: [
    { grant: 'hostdev', when: { attribute: 'type', not: ['emulator'] }, why: 'a device of the host, or its network' },
    { grant: 'hostdev', when: { attribute: 'model', not: ['random', 'builtin'] }, why: 'a device of the host, or its network' },
  ],
  audio: [audio],
  listen: [{ grant: 'host-network', when: { attribute: 'type', not: ['address', 'none', 'socket'] }, why: "the host's own network" }],
  graphics: [{ grant: 'host-path', when: { attribute: 'type', not: ['vnc', 'spice', 'rdp'] }, why: "the host's own screen" }],
  forward: [{ grant: 'host-network', when: { attribute: 'mode', not: ['nat', 'none'] }, why: "the host's own network" }],
};

/** Elements below which text and attributes are the guest's or the user's own words. Paths from the root. */
export const ownWords: ReadonlySet<string> = new Set(['metadata', 'title', 'description', 'os/cmdline', 'cpu', 'clock', 'features']);

/** Attributes and texts that begin with a slash and are no path of the host, by the last two elements and the attribute. */
export const harmlessPaths: ReadonlySet<string> = new Set([
  'filesystem/target@dir',
  'channel/target@name',
  'encryption/secret@usage',
  'auth/secret@usage',
]);

/** The one source of randomness that every host has. */
export const harmlessFiles: ReadonlySet<string> = new Set(['/dev/urandom', '/dev/random']);

/** On a `<source>` these name something of the host, however they are spelt. */
export const sourceAttributes = ['file', 'dir', 'path', 'socket', 'dev'] as const;

/** Attributes by which a definition reaches for the host's network, with the grant that allows it. */
export const networkAttributes: ReadonlySet<string> = new Set([
  'network/bridge@name',
  'network/forward@dev',
  'forward/interface@dev',
  'forward/pf@dev',
]);

/** A screen listens where only the host's own users reach it. */
export const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);
