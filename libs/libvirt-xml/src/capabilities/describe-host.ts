import { defined } from '../model/defined.js';
import type { EmulatorDescription } from './describe-emulator.js';
import type { HostCapabilities } from './host-capabilities.js';

/** A host, or a fleet that looks like one. */
export interface HostDescription {
  readonly uuid?: string;
  /** Its architecture, as QEMU names it. */
  readonly arch: string;
  readonly kvm: boolean;
  readonly cpu?: { readonly model?: string; readonly vendor?: string; readonly features: readonly string[] };
  readonly topology?: { readonly sockets: number; readonly dies: number; readonly cores: number; readonly threads: number };
  /** Sizes of pages that guests can have, in KiB. */
  readonly pageSizesKiB?: readonly number[];
  readonly cells: readonly HostCell[];
  /** How domains can move to it. */
  readonly transports?: readonly string[];
  readonly iommu: boolean;
}

/** A NUMA node. */
export interface HostCell {
  readonly id: number;
  readonly memoryKiB: number;
  readonly cpus: readonly HostCpu[];
}

export interface HostCpu {
  readonly id: number;
  readonly socket: number;
  readonly core: number;
  /** Ids of the threads of its core, itself among them, as a cpuset. */
  readonly siblings: string;
}

const SECURITY_DOI = '0';

/** What the host is, and the guests that its emulators give it. */
export function describeHost(host: HostDescription, emulators: readonly EmulatorDescription[]): HostCapabilities {
  const { arch, cpu, topology, pageSizesKiB = [], transports = [] } = host;
  const processor = {
    arch,
    ...defined({ model: cpu?.model, vendor: cpu?.vendor, topology }),
    feature: (cpu?.features ?? []).map((name) => ({ name })),
    pages: pageSizesKiB.map((size) => ({ unit: 'KiB', size })),
  };
  return {
    host: {
      ...defined({ uuid: host.uuid }),
      cpu: processor,
      power_management: {},
      iommu: { support: host.iommu },
      ...(transports.length > 0 && { migration_features: { live: true, uri_transports: { uri_transport: transports } } }),
      topology: { cells: { num: host.cells.length, cell: host.cells.map(cellOf) } },
      secmodel: [{ model: 'none', doi: SECURITY_DOI, baselabel: [] }],
    },
    guest: emulators.map((emulator) => guestOf(emulator, host)),
  };
}

function cellOf({ id, memoryKiB, cpus }: HostCell) {
  const cpu = cpus.map((one) => ({ id: one.id, socket_id: one.socket, die_id: 0, core_id: one.core, siblings: one.siblings }));
  return { id, memory: memoryKiB, pages: [], cpus: { num: cpus.length, cpu } };
}

type Guest = HostCapabilities['guest'][number];

/** The machine that a definition gets which names none: clients that name one take the first. */
const usualFirst = (machines: EmulatorDescription['machines']): EmulatorDescription['machines'] => [
  ...machines.filter(({ alias }) => alias === 'pc'),
  ...machines.filter(({ alias }) => alias !== 'pc'),
];

function guestOf({ target, binary, machines }: EmulatorDescription, host: HostDescription): Guest {
  const kvm = host.kvm && target === host.arch;
  const machine = usualFirst(machines).flatMap(({ name, alias, cpuMax = 0 }) => [
    { maxCpus: cpuMax, value: name },
    ...(alias === undefined ? [] : [{ canonical: name, maxCpus: cpuMax, value: alias }]),
  ]);
  return {
    os_type: 'hvm',
    arch: {
      name: target === 'i386' ? 'i686' : target,
      wordsize: /64|s390x/.test(target) ? 64 : 32,
      emulator: binary,
      machine,
      domain: [{ type: 'qemu' }, ...(kvm ? [{ type: 'kvm' as const }] : [])],
    },
    features: {
      ...(target === 'i386' && { pae: true, nonpae: true }),
      acpi: { default: true, toggle: true },
      apic: { default: true, toggle: false },
      cpuselection: true,
      deviceboot: true,
      disksnapshot: { default: true, toggle: false },
    },
  };
}
