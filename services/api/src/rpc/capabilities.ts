import type { EmulatorFacts, HostFacts } from '@virtbus/contracts';
import {
  describeEmulator,
  describeHost,
  formatDomainCapabilities,
  formatHostCapabilities,
  LibvirtError,
  type HostCell,
} from '@virtbus/libvirt-xml';
import { fleetNode } from './core/fleet-node.js';
import { sharedEmulator } from '../core/shared-emulator.js';

/** More would not fit into a string of libvirt's protocol. */
const MOST_CPUS = 16_384;

const targetsOf = (emulators: readonly EmulatorFacts[]): readonly string[] =>
  [...new Set(emulators.map(({ target }) => target))].toSorted();

/** The fleet as one node: its hosts' processors in one socket, its memory in one cell. */
function cellOf(hosts: readonly HostFacts[]): HostCell {
  const { memoryKiB, cpus } = fleetNode(hosts, []);
  const listed = Array.from({ length: Math.min(cpus, MOST_CPUS) }, (_, id) => ({ id, socket: 0, core: id, siblings: String(id) }));
  return { id: 0, memoryKiB: Number(memoryKiB), cpus: listed };
}

export interface Offer {
  readonly hosts: readonly HostFacts[];
  readonly emulators: readonly EmulatorFacts[];
}

const hostArch = ({ hosts, emulators }: Offer): string =>
  hosts.map(({ arch }) => arch).toSorted()[0] ?? targetsOf(emulators)[0] ?? 'x86_64';

/** What the whole fleet is known to offer. Clients read from it which kinds of guests there can be. */
export function capabilitiesXml(fleet: Offer, uuid: string): string {
  const { hosts, emulators } = fleet;
  const cell = cellOf(hosts);
  const host = {
    uuid,
    arch: hostArch(fleet),
    kvm: hosts.some(({ kvm }) => kvm),
    ...(cell.cpus.length > 0 && { topology: { sockets: 1, dies: 1, cores: cell.cpus.length, threads: 1 } }),
    cells: [cell],
    iommu: false,
  };
  const shared = targetsOf(emulators).flatMap((target) => sharedEmulator(emulators, target) ?? []);
  return formatHostCapabilities(describeHost(host, shared));
}

/** What a client asks about; nothing said is the usual. */
export interface GuestAsked {
  readonly emulatorbin: string | undefined;
  readonly arch: string | undefined;
  readonly machine: string | undefined;
  readonly virttype: string | undefined;
}

const knownArches: ReadonlySet<string> = new Set([
  'i686',
  'x86_64',
  'aarch64',
  'armv7l',
  'ppc64',
  'ppc64le',
  's390x',
  'riscv64',
  'loongarch64',
]);

const wrong = (words: string): LibvirtError => new LibvirtError('INVALID_ARG', words);

/**
 * What guests of a kind can have on every host that can run them.
 * @throws LibvirtError
 */
export function domainCapabilitiesXml(fleet: Offer, asked: GuestAsked): string {
  const { arch = hostArch(fleet), machine, emulatorbin: binary } = asked;
  if (!knownArches.has(arch)) throw wrong(`unknown architecture: ${arch}`);
  const emulator = sharedEmulator(fleet.emulators, arch === 'i686' ? 'i386' : arch);
  if (!emulator) throw new LibvirtError('CONFIG_UNSUPPORTED', `unable to find any emulator to serve '${arch}' architecture`);
  if (binary !== undefined && binary !== emulator.binary)
    throw wrong(`no host offers the emulator '${binary}'; '${emulator.binary}' serves '${arch}'`);
  const kvm = fleet.hosts.some((host) => host.kvm && host.arch === arch);
  const virtType = virtTypeOf(asked.virttype, { kvm, binary: emulator.binary });
  const question = { ...(machine === undefined ? {} : { machine }), ...(virtType === undefined ? {} : { virtType }) };
  return formatDomainCapabilities(describeEmulator(emulator, { kvm, vfio: false, firmware: [] }, question));
}

function virtTypeOf(
  given: string | undefined,
  { kvm, binary }: { readonly kvm: boolean; readonly binary: string },
): 'qemu' | 'kvm' | undefined {
  if (given === undefined || given === 'qemu') return given;
  if (given !== 'kvm') throw wrong(`unknown virttype: ${given}`);
  if (!kvm) throw wrong(`the accel 'kvm' is not supported by '${binary}' on this host`);
  return given;
}
