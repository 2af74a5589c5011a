/**
 * Starts QEMU, paused, for every definition in fixtures/started, and looks for the devices where the definition has them. Where
 * libvirt is installed, it starts them too, and both machines must be the same.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { assignDefaults, parseDomain, validateDomain as validateDefinition, type DomainDef } from '@virtbus/libvirt-xml';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildArgv } from './build-argv.js';
import type { ArgvHost } from './host/argv-host.js';
import { prepareDomain } from './prepare/prepare-domain.js';
import { referenceCapabilities } from './reference/reference-capabilities.js';
import { validateDomain } from './validate/validate-domain.js';

const QEMU = process.env['VIRTBUS_QEMU'] ?? 'qemu-system-x86_64';
const fixtures = fileURLToPath(new URL('../fixtures/started/', import.meta.url));
/** Name of shared memory: QEMU leaves it behind. */
const SHARED = `virtbus-argv-${process.pid}`;
const names = readdirSync(fixtures).map((file) => file.slice(0, -'.xml'.length));

let directory: string;
/** What connecting sockets of guests find. */
let peer: Server;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'virtbus-argv-'));
  makeFiles();
  peer = createServer(() => undefined);
  peer.listen(join(directory, 'peer.sock'));
  await once(peer, 'listening');
  if (canCompare) await startAllWithLibvirt();
}, 180_000);

/** A start by libvirt takes seconds: these have every board, bus and kind of device between them. */
const compared = new Set(
  `bare bare-q35 boot-order boot-uefi characters-unix disk-ide disk-sata-q35 disk-scsi-controllers disk-usb disk-virtio interface-models
   interface-q35 iommu-intel many-devices memory-modules old-machine pci-bridges pci-expander pcie-tree screen-kinds small-devices sound
   usb-companions usb-xhci virtio-serial-controllers`.split(/\s+/),
);
const canCompare = process.geteuid?.() === 0 && existsSync('/usr/sbin/libvirtd') && existsSync('/usr/bin/virsh');
/** libvirt's machines, as QEMU shows them, by name. */
const machinesOfLibvirt = new Map<string, string>();
/** What must be the same: the devices with their properties, and the PCI buses. */
const views = ['info qtree', 'info pci'];
let libvirt: ChildProcessByStdio<null, Readable, null> | undefined;

/**
 * Mounts of its own: QEMU's user need not exist on the machine, and there is no KVM, for which libvirt would look at every call:
 * what root may open despite its mode is not hidden, so that the device must be gone.
 */
const embeddedLibvirt = `set -e
mount --make-rprivate /
{ cat /etc/passwd; echo 'libvirt-qemu:x:64055:64055::/:/usr/sbin/nologin'; } > "$1/passwd"
{ cat /etc/group; echo 'libvirt-qemu:x:64055:'; echo 'kvm:x:64056:'; } > "$1/group"
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/group" /etc/group
mkdir "$1/dev"; mount -t tmpfs dev "$1/dev"
for node in full null random tty urandom zero; do cp -a "/dev/$node" "$1/dev/"; done
mkdir "$1/dev/pts" "$1/dev/shm"; mount --bind /dev/pts "$1/dev/pts"; mount --bind /dev/shm "$1/dev/shm"
ln -s pts/ptmx "$1/dev/ptmx"; ln -s /proc/self/fd "$1/dev/fd"
mount --rbind "$1/dev" /dev
virsh -q -c "qemu:///embed?root=$1" "$2"
`;

const settingsOfLibvirt = `user = "root"
group = "root"
dynamic_ownership = 0
security_driver = "none"
namespaces = []
cgroup_controllers = []
stdio_handler = "file"
`;

/** One run of libvirt's driver inside of virsh for all of them: it looks at QEMU for seconds when it starts. */
async function startAllWithLibvirt(): Promise<void> {
  const root = join(directory, 'libvirt');
  mkdirSync(join(root, 'etc'), { recursive: true });
  writeFileSync(join(root, 'etc/qemu.conf'), settingsOfLibvirt);
  const commands: string[] = [];
  for (const name of compared) {
    const file = join(root, `${name}.xml`);
    writeFileSync(file, await xmlOf(name));
    const looks = views.map((view) => `qemu-monitor-command ${name} --hmp '${view}'`);
    commands.push(`echo '@@${name}@@'`, `create ${file} --paused`, ...looks, `destroy ${name}`);
  }
  const inside = ['--mount', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', embeddedLibvirt, 'sh', root];
  libvirt = spawn('unshare', [...inside, commands.join('; ')], { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  libvirt.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(libvirt, 'close');
  for (const [, name = '', shown = ''] of said.matchAll(/@@([\w-]+)@@([^@]*)/g)) machinesOfLibvirt.set(name, linesOf(shown));
}

async function viewsOf(qemu: RealQemu): Promise<string> {
  const shown: unknown[] = [];
  for (const view of views) shown.push(await qemu.execute('human-monitor-command', { 'command-line': view }));
  return linesOf(shown.join('\n'));
}

const linesOf = (text: string): string =>
  text
    .split(/\s*\n/)
    .filter((line) => line !== '')
    .join('\n');

afterAll(async () => {
  peer.close();
  // Everything in its process namespace goes with it.
  libvirt?.kill('SIGKILL');
  for (const path of [directory, join('/dev/shm', SHARED)]) rmSync(path, { recursive: true, force: true });
});

const KIB = 1024;
const MIB = KIB * KIB;

function makeFiles(): void {
  const file = (name: string, content: Uint8Array | string | number): void =>
    writeFileSync(join(directory, name), typeof content === 'number' ? Buffer.alloc(content) : content);
  for (const name of ['raw.img', 'other.img', 'cd.iso', ...Array.from('abcdefghij', (letter) => `disk-${letter}.img`)]) file(name, MIB);
  file('top.qcow2', qcow2({ size: MIB, backing: join(directory, 'raw.img') }));
  file('floppy.img', 1440 * KIB);
  file('code.fd', MIB);
  file('vars.fd', 256 * KIB);
  file('bios.rom', 128 * KIB);
  file('option.rom', 2 * KIB);
  file('nvdimm.img', 128 * MIB);
  file('kernel', linux());
  file('initrd', 'initial');
  file('slic.dat', 64);
  for (const name of ['shared', 'shared,two']) mkdirSync(join(directory, name));
}

/** As much of a kernel as QEMU looks at: the header that says where to load what. */
function linux(): Uint8Array {
  const image = Buffer.alloc(64 * KIB);
  image.writeUInt8(4, 0x1f1);
  image.writeUInt16LE(0xaa55, 0x1fe);
  image.write('HdrS', 0x202);
  image.writeUInt16LE(0x20c, 0x206);
  image.writeUInt8(1, 0x211);
  image.writeUInt32LE(0x7f_ff_ff_ff, 0x22c);
  return image;
}

/** An empty image over another, of version 2: header, reference counts and first table in a cluster each. */
function qcow2({ size, backing }: { size: number; backing: string }): Uint8Array {
  const cluster = 64 * KIB;
  const image = Buffer.alloc(4 * cluster);
  image.write('QFI\u00fb', 0, 'latin1');
  image.writeUInt32BE(2, 4);
  image.writeBigUInt64BE(BigInt(KIB), 8);
  image.writeUInt32BE(Buffer.byteLength(backing), 16);
  image.writeUInt32BE(16, 20);
  image.writeBigUInt64BE(BigInt(size), 24);
  image.writeUInt32BE(1, 36);
  image.writeBigUInt64BE(BigInt(3 * cluster), 40);
  image.writeBigUInt64BE(BigInt(cluster), 48);
  image.writeUInt32BE(1, 56);
  image.write(backing, KIB);
  image.writeBigUInt64BE(BigInt(2 * cluster), cluster);
  for (let used = 0; used < 4; used += 1) image.writeUInt16BE(1, 2 * cluster + 2 * used);
  return image;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function xmlOf(name: string): Promise<string> {
  let xml = readFileSync(join(fixtures, `${name}.xml`), 'utf8')
    .replaceAll('@DIR@', directory)
    .replaceAll('@NAME@', SHARED);
  while (xml.includes('@PORT@')) xml = xml.replace('@PORT@', String(await freePort()));
  return xml;
}

/** The definition as it is started: read, completed, checked, prepared. */
async function domainOf(name: string): Promise<DomainDef> {
  const xml = await xmlOf(name);
  const domain = assignDefaults(parseDomain(xml), referenceCapabilities);
  validateDefinition(domain, referenceCapabilities);
  validateDomain(domain);
  return prepareDomain(domain, { channelDirectory: directory, nvramDirectory: directory });
}

const hostOf = ({ devices }: DomainDef): ArgvHost => ({
  capabilities: referenceCapabilities,
  accel: 'tcg',
  paths: { directory, memory: directory },
  interfaces: devices.interface.flatMap(({ type, alias }) => (type === 'user' && alias ? [{ alias: alias.name, type }] : [])),
});

/** QEMU with its monitor on standard input and output. */
class RealQemu {
  private readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly lines: AsyncIterator<string>;
  private said = '';

  constructor(argv: readonly string[]) {
    this.process = spawn(QEMU, [...argv, '-qmp', 'stdio'], { cwd: directory, stdio: ['pipe', 'pipe', 'pipe'] });
    this.process.stderr.setEncoding('utf8').on('data', (text: string) => (this.said += text));
    this.process.stdin.on('error', () => undefined);
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  /** The next answer; events are passed over, and what QEMU tells people (where its pty is). */
  private async answer(): Promise<{ readonly return?: unknown; readonly error?: { readonly desc: string }; readonly QMP?: object }> {
    const { value, done } = await this.lines.next();
    if (done) {
      if (this.process.exitCode === null) await once(this.process, 'close');
      throw new Error(`QEMU has ended: ${this.said}`);
    }
    if (!value.startsWith('{')) return this.answer();
    const message = JSON.parse(value) as { event?: string };
    return 'event' in message ? this.answer() : (message as object);
  }

  async greet(): Promise<void> {
    expect(await this.answer()).toHaveProperty('QMP.version.qemu');
    await this.execute('qmp_capabilities');
  }

  async execute(command: string, given: object = {}): Promise<unknown> {
    this.process.stdin.write(`${JSON.stringify({ execute: command, arguments: given })}\n`);
    const { return: value, error } = await this.answer();
    if (error) throw new Error(`${command} ${JSON.stringify(given)}: ${error.desc}`);
    return value;
  }

  get = (id: string, property: string): Promise<unknown> => this.execute('qom-get', { path: `/machine/peripheral/${id}`, property });

  async end(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await ended;
  }
}

interface Placed {
  readonly alias?: { readonly name: string };
  readonly address?: { readonly type: string };
}

/** Companions of a USB controller have its alias, and no name in QEMU. */
const placedDevices = ({ devices }: DomainDef): readonly Required<Placed>[] =>
  (Object.values(devices) as unknown[]).flat().filter((device): device is Required<Placed> => {
    const { alias, address, master } = (device ?? {}) as Placed & { readonly master?: object };
    return alias !== undefined && address !== undefined && master === undefined;
  });

/** Ids of what the command line adds by `-device`. */
const deviceIds = (argv: readonly string[]): ReadonlySet<string> =>
  new Set(
    argv.flatMap((word, index) => (argv[index - 1] === '-device' && word.startsWith('{') ? [(JSON.parse(word) as { id: string }).id] : [])),
  );

const busName = (path: unknown): string => String(path).split('/').at(-1) ?? '';

/** Where QEMU has a device, in the words of the address that the definition gives. */
const placeInQemu: Readonly<Record<string, (qemu: RealQemu, id: string) => Promise<object>>> = {
  pci: async (qemu, id) => {
    const place = Number(await qemu.get(id, 'addr'));
    return { bus: busName(await qemu.get(id, 'parent_bus')), slot: place >> 3, function: place & 7 };
  },
  scsi: async (qemu, id) => ({
    bus: busName(await qemu.get(id, 'parent_bus')),
    target: await qemu.get(id, 'scsi-id'),
    unit: await qemu.get(id, 'lun'),
  }),
  usb: async (qemu, id) => ({ port: await qemu.get(id, 'port') }),
  'virtio-serial': async (qemu, id) => ({ bus: busName(await qemu.get(id, 'parent_bus')), nr: await qemu.get(id, 'nr') }),
};

/** The bus that a controller of the definition is in QEMU. */
function busOf({ devices }: DomainDef, type: 'pci' | 'virtio-serial' | 'scsi', index: number): string {
  const controller = devices.controller.find((one) => one.type === type && one.index === index);
  const id = controller?.alias?.name ?? '';
  return type === 'pci' ? id : `${id}.0`;
}

type Address = Readonly<Record<'bus' | 'slot' | 'function' | 'controller' | 'target' | 'unit', number>> & {
  readonly type: string;
  readonly port: unknown;
};

/** The same place by the definition. */
const placeInDefinition: Readonly<Record<string, (domain: DomainDef, address: Address) => object>> = {
  pci: (domain, { bus, slot, function: index }) => ({ bus: busOf(domain, 'pci', bus), slot, function: index }),
  scsi: (domain, { controller, bus, target, unit }) => {
    const lsi = domain.devices.controller.some((one) => one.type === 'scsi' && one.index === controller && one.model === 'lsilogic');
    // This one counts units where others count targets.
    return { bus: busOf(domain, 'scsi', controller), ...(lsi ? { target: unit, unit: bus } : { target, unit }) };
  },
  usb: (_, { port }) => ({ port }),
  'virtio-serial': (domain, { controller, port }) => ({ bus: busOf(domain, 'virtio-serial', controller), nr: port }),
};

/** Which of them tells of a device; others than SCSI drives are built into their controllers. */
function kindOf({ address, ...device }: Required<Placed>): string {
  const onScsi = 'target' in device && (device.target as { bus?: string }).bus === 'scsi';
  return address.type === 'drive' && onScsi ? 'scsi' : address.type;
}

describe.each(names)('%s', (name) => {
  let qemu: RealQemu | undefined;
  afterEach(() => qemu?.end());

  test('is accepted by QEMU, with its devices where they belong', async () => {
    const domain = await domainOf(name);
    const argv = buildArgv(domain, hostOf(domain));
    qemu = new RealQemu(argv);
    await qemu.greet();
    expect(await qemu.execute('query-status')).toMatchObject({ running: false, status: 'prelaunch' });

    const ids = deviceIds(argv);
    const wanted: object[] = [];
    const found: object[] = [];
    for (const device of placedDevices(domain).filter(({ alias }) => ids.has(alias.name))) {
      const { alias, address } = device;
      const kind = kindOf(device);
      const place = placeInDefinition[kind]?.(domain, { bus: 0, function: 0, controller: 0, ...address } as Address);
      if (!place) continue;
      wanted.push({ id: alias.name, ...place });
      found.push({ id: alias.name, ...(await placeInQemu[kind]?.(qemu, alias.name)) });
    }
    expect(found).toEqual(wanted);
    if (canCompare && compared.has(name)) {
      expect(await viewsOf(qemu)).toBe(machinesOfLibvirt.get(name));
    }
    await qemu.execute('quit');
  });
});

test('there are at least 40 definitions', () => expect(names.length).toBeGreaterThanOrEqual(40));
