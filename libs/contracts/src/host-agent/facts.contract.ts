import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsInt, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import { bucket } from '../contract.js';
import { Nested } from '../nested.js';
import { hostId, mac, networkUuid, since, uuid } from '../examples.js';
import { HostDevices } from '../values/host-devices.js';
import { DomainState } from '../values/domain.js';
import { IsHostId, IsLibvirtUuid, IsLinkName } from '../validators.js';

/** The process that speaks for a host. */
export class AgentIdentity {
  /** Of one state directory, for as long as its machine is up: another one of the same is a new start, not a second host-agent. */
  @IsString() readonly home!: string;
  /** Of one start. */
  @IsString() readonly instance!: string;
}

/** What a host can hold. Written again every few seconds: the heartbeat is the write. */
export class HostFacts {
  @IsHostId() readonly hostId!: string;
  @IsString() readonly hostname!: string;
  @IsString() readonly arch!: string;
  @IsInt() @Min(1) readonly cpus!: number;
  /** How fast they are, as the kernel says; 0 or absent when it does not. */
  @IsOptional() @IsInt() @Min(0) readonly cpuMHz?: number;
  /** Memory for guests: the host's, less what it keeps for itself. */
  @IsInt() @Min(0) readonly memoryMiB!: number;
  /** KVM counts as usable when a probe guest has really run under it. */
  @IsBoolean() readonly kvm!: boolean;
  /** Why KVM is not used. */
  @IsOptional() @IsString() readonly kvmReason?: string;
  @IsString() readonly emulator!: string;
  @IsString() readonly qemuVersion!: string;
  /** Absent from a host-agent that does not say. */
  @IsOptional() @Nested(() => HostDevices) readonly devices?: HostDevices;
  /** Who writes this; absent from a host-agent that does not say. */
  @IsOptional() @Nested(() => AgentIdentity) readonly agent?: AgentIdentity;
  /** How often the host-agent has beaten since it started. */
  @IsInt() @Min(0) readonly beat!: number;
  @IsString() readonly startedAt!: string;
  /** When the host-agent said good-bye; absent while it reports. RFC 3339. */
  @IsOptional() @IsString() readonly leftAt?: string;
}

export class EmulatorMachine {
  /** The versioned name, `pc-i440fx-7.2`. */
  @IsString() readonly name!: string;
  /** The short name that stands for it, `pc`. */
  @IsOptional() @IsString() readonly alias?: string;
  @IsOptional() @IsString() readonly defaultCpuType?: string;
  /** Processors that a guest of it can have at most. */
  @IsOptional() @IsInt() @Min(1) readonly cpuMax?: number;
}

export class EmulatorCpu {
  @IsString() readonly name!: string;
  /** Whether QEMU can run it there without KVM. */
  @IsBoolean() readonly runnable!: boolean;
  @IsOptional() @IsBoolean() readonly deprecated?: boolean;
}

/**
 * What a host's QEMU offers: as much as a definition needs to be filled in before anybody knows where it will run, and as clients are told
 * of what guests can have. What a host-agent does not say is not offered.
 */
export class EmulatorFacts {
  @IsHostId() readonly hostId!: string;
  @IsString() readonly binary!: string;
  /** The architecture that it emulates, in QEMU's words. */
  @IsString() readonly target!: string;
  /** major, minor, micro. */
  @IsArray() @IsInt({ each: true }) readonly version!: number[];
  @IsArray() @ValidateNested({ each: true }) @Type(() => EmulatorMachine) readonly machines!: EmulatorMachine[];
  @IsArray() @IsString({ each: true }) readonly devices!: string[];
  /** Types that QEMU's `-object` takes. */
  @IsOptional() @IsArray() @IsString({ each: true }) readonly objects?: string[];
  /** Commands of QMP. */
  @IsOptional() @IsArray() @IsString({ each: true }) readonly commands?: string[];
  /** Models of processors. */
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => EmulatorCpu) readonly cpus?: EmulatorCpu[];
}

/** A network that a host has a bridge for. */
export class HostNetworkRecord {
  @IsHostId() readonly hostId!: string;
  @IsLibvirtUuid() readonly uuid!: string;
  @IsString() readonly name!: string;
  @IsLinkName() readonly bridge!: string;
  @IsInt() @Min(1) readonly activation!: number;
  /** Where other hosts send this network's frames; absent for a network of one host. */
  @IsOptional() @IsString() readonly tunnelAddress?: string;
}

export const hostFacts = bucket({
  bucket: 'virtbus_hosts',
  subject: '{hostId}',
  summary: "Each host's capacity and capabilities; rewritten as the heartbeat.",
  owner: 'host-agent',
  payload: HostFacts,
  example: {
    hostId,
    hostname: 'a.example',
    arch: 'x86_64',
    cpus: 8,
    cpuMHz: 2600,
    memoryMiB: 31000,
    kvm: false,
    kvmReason: 'the probe guest did not answer within 3 s',
    emulator: '/usr/bin/qemu-system-x86_64',
    qemuVersion: '7.2.22',
    devices: {
      links: ['eth0'],
      physicalFunctions: [{ dev: 'eth0', address: '0000:03:00.0', functions: [{ address: '0000:03:10.0', number: 0, dev: 'eth0v0' }] }],
    },
    agent: { home: '5f0c1d9a7be24e86', instance: uuid },
    beat: 12,
    startedAt: since,
  },
});

export const domainStatesBucket = bucket({
  bucket: 'virtbus_domain_states',
  subject: '{uuid}',
  summary: "Each domain's runtime state, as its host last reported it.",
  owner: 'host-agent',
  payload: DomainState,
  example: {
    uuid,
    name: 'demo',
    hostId,
    epoch: 3,
    state: 'running',
    reason: 'booted',
    id: 17,
    pid: 4711,
    since,
    interfaces: [{ alias: 'net0', mac, type: 'network', model: 'virtio', target: 'vnet0', source: 'lab' }],
  },
});

export const hostNetworks = bucket({
  bucket: 'virtbus_host_networks',
  subject: '{hostId}.{uuid}',
  summary: 'Which networks each host has a bridge for.',
  owner: 'host-agent',
  payload: HostNetworkRecord,
  example: { hostId, uuid: networkUuid, name: 'lab', bridge: 'virbr0', activation: 1 },
});

export const emulatorFacts = bucket({
  bucket: 'virtbus_emulators',
  subject: '{hostId}',
  summary: "Machine types and devices of each host's default emulator.",
  owner: 'host-agent',
  payload: EmulatorFacts,
  example: {
    hostId,
    binary: '/usr/bin/qemu-system-x86_64',
    target: 'x86_64',
    version: [7, 2, 22],
    machines: [{ name: 'pc-i440fx-7.2', alias: 'pc', defaultCpuType: 'qemu64-x86_64-cpu' }],
    devices: ['e1000', 'virtio-net-pci'],
  },
});
