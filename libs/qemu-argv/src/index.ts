export { CAPABILITIES_FORMAT, type CpuModel, type MachineType, type QemuCapabilities, type QemuVersion } from './capabilities.js';
