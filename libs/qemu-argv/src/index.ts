export { CAPABILITIES_FORMAT, type CpuModel, type MachineType, type QemuCapabilities, type QemuVersion } from './capabilities.js';
export { buildArgv } from './build-argv.js';
export { prepareDomain, type PrepareOptions } from './prepare/prepare-domain.js';
export type { Accelerator, ArgvHost, HostPaths, HugePages, MonitorEnd, ScreenPolicy, TlsDirectories } from './host/argv-host.js';
export type { HostPciAddress, InterfacePlan } from './host/interface-plan.js';
export type { EncryptedSecret, HostLookups, ScsiHostAddress, SecretNeed, UsbId } from './host/lookups.js';
export type { HostCpu } from './host/host-cpu.js';
export type { StoragePlace } from './storage/place.js';
