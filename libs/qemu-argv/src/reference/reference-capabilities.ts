import { CAPABILITIES_FORMAT, type MachineType, type QemuCapabilities } from '../capabilities.js';
import { devices, i440fxVersions, q35Versions } from './qemu-7.2-table.js';

/** Up to this version the memory of NUMA cells is given as a size, without an object of its own. */
const LAST_WITH_NUMA_SIZES = 5.0;

const board = (name: string, cpuMax: number, numaMemSupported: boolean): MachineType => ({
  name,
  cpuMax,
  defaultCpuType: 'qemu64-x86_64-cpu',
  defaultRamId: 'pc.ram',
  numaMemSupported,
  deprecated: false,
});

const boards = (kind: string, versions: readonly string[], cpuMax: number): readonly MachineType[] =>
  versions.map((version) => board(`pc-${kind}-${version}`, cpuMax, Number.parseFloat(version) <= LAST_WITH_NUMA_SIZES));

const I440FX_CPUS = 255;
const Q35_CPUS = 288;

/**
 * The emulator of a host that does not exist: QEMU 7.2 for x86_64. Here `pc` and `q35` are machines by themselves, so that a definition
 * that names no version keeps none.
 */
export const referenceCapabilities: QemuCapabilities = {
  format: CAPABILITIES_FORMAT,
  binary: '/usr/bin/qemu-system-x86_64',
  version: { major: 7, minor: 2, micro: 0 },
  package: '',
  target: 'x86_64',
  machines: [
    board('pc', I440FX_CPUS, false),
    board('q35', Q35_CPUS, false),
    ...boards('i440fx', i440fxVersions, I440FX_CPUS),
    ...boards('q35', q35Versions, Q35_CPUS),
  ],
  cpus: [],
  accelerators: ['kvm', 'tcg'],
  devices,
  objects: [],
  netdevs: [],
  commands: [],
  deviceProperties: {},
};
