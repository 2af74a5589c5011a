import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Min } from 'class-validator';
import { event } from '../contract.js';
import { hostId, since, uuid } from '../examples.js';
import { Nested } from '../nested.js';
import { DomainHappening } from '../values/happening.js';

/** What QEMU tells of a guest beside its life. `detail` is the part that can be told in a word; some of it is the guest's own doing. */
export class RtcChanged extends DomainHappening {
  /** The guest's real-time clock, less its host's. Seconds. */
  @IsInt() readonly offsetSeconds!: number;
}

export class BalloonChanged extends DomainHappening {
  @IsInt() readonly memoryKiB!: number;
}

export class DiskFailed extends DomainHappening {
  /** The disk's alias. */
  @IsString() readonly device!: string;
  @IsOptional() @IsString() readonly source?: string;
  /** What QEMU does about it; `detail` says the same. */
  @IsIn(['none', 'pause', 'report']) readonly action!: 'none' | 'pause' | 'report';
  /** `enospc` when the host's disk is full. */
  @IsString() readonly reason!: string;
}

export class TrayMoved extends DomainHappening {
  @IsString() readonly device!: string;
  @IsBoolean() readonly open!: boolean;
}

export class GraphicsEnd {
  @IsIn(['ipv4', 'ipv6', 'unix', 'unknown']) readonly family!: 'ipv4' | 'ipv6' | 'unix' | 'unknown';
  @IsString() readonly address!: string;
  @IsString() readonly service!: string;
}

export class GraphicsChanged extends DomainHappening {
  @IsIn(['connect', 'initialize', 'disconnect']) readonly phase!: 'connect' | 'initialize' | 'disconnect';
  @Nested(() => GraphicsEnd) readonly local!: GraphicsEnd;
  @Nested(() => GraphicsEnd) readonly remote!: GraphicsEnd;
  @IsString() readonly authScheme!: string;
}

export class AgentChanged extends DomainHappening {
  /** Absent: the agent opened or closed its channel itself. `started`: the guest has just been started, and nobody can have opened it. */
  @IsOptional() @IsIn(['started']) readonly cause?: 'started';
}

export class BlockThresholdPassed extends DomainHappening {
  /** The disk by its name in the guest, `vda`; the node of QEMU's when no disk has it. */
  @IsString() readonly device!: string;
  @IsOptional() @IsString() readonly source?: string;
  @IsInt() @Min(0) readonly thresholdBytes!: number;
  /** How far behind the threshold the guest has written. */
  @IsInt() @Min(0) readonly excessBytes!: number;
}

export const memoryFailureRecipients = ['hypervisor', 'guest'] as const;
export const memoryFailureActions = ['ignore', 'inject', 'fatal', 'reset'] as const;

/** QEMU's words (qapi/run-state.json, MEMORY_FAILURE); `detail` is the action. */
export class MemoryFailed extends DomainHappening {
  @IsIn(memoryFailureRecipients) readonly recipient!: (typeof memoryFailureRecipients)[number];
  @IsIn(memoryFailureActions) readonly action!: (typeof memoryFailureActions)[number];
  /** It was found where the memory is used. */
  @IsBoolean() readonly actionRequired!: boolean;
  /** It came while another was being dealt with. */
  @IsBoolean() readonly recursive!: boolean;
}

export class MemoryDeviceResized extends DomainHappening {
  /** The alias of the device. */
  @IsString() readonly device!: string;
  @IsInt() @Min(0) readonly sizeKiB!: number;
}

const happened = { uuid, name: 'demo', at: since, hostId, epoch: 3 } as const;
const owner = 'host-agent' as const;

export const rtcChanged = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.rtcchanged',
  summary: 'A guest has set its real-time clock.',
  owner,
  payload: RtcChanged,
  example: { ...happened, detail: '3600', offsetSeconds: 3600 },
});

export const watchdogFired = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.watchdog',
  summary: "A guest's watchdog has fired; `detail` is what is done about it.",
  owner,
  payload: DomainHappening,
  example: { ...happened, detail: 'reset' },
});

export const diskFailed = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.ioerror',
  summary: 'A disk of a guest could not be read or written on its host.',
  owner,
  payload: DiskFailed,
  example: { ...happened, detail: 'pause', device: 'virtio-disk0', source: '/images/a.img', action: 'pause', reason: 'enospc' },
});

export const trayMoved = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.traychanged',
  summary: 'The tray of a removable drive was opened or closed.',
  owner,
  payload: TrayMoved,
  example: { ...happened, detail: 'open', device: 'sata0-0-0', open: true },
});

export const balloonChanged = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.balloonchanged',
  summary: "A guest's balloon has grown or shrunk.",
  owner,
  payload: BalloonChanged,
  example: { ...happened, detail: '65536', memoryKiB: 65_536 },
});

export const graphicsChanged = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.graphics',
  summary: "Somebody has connected to a guest's screen, or left it; `detail` is the phase.",
  owner,
  payload: GraphicsChanged,
  example: {
    ...happened,
    detail: 'connect',
    phase: 'connect',
    local: { family: 'ipv4', address: '127.0.0.1', service: '5900' },
    remote: { family: 'ipv4', address: '127.0.0.1', service: '40000' },
    authScheme: 'none',
  },
});

export const agentChanged = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.agentlifecycle',
  summary: 'The agent in a guest has opened its channel (`detail` connected), or closed it (disconnected).',
  owner,
  payload: AgentChanged,
  example: { ...happened, detail: 'connected' },
});

export const blockThresholdPassed = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.blockthreshold',
  summary: 'A guest has written to a disk behind the threshold that was set there, which is gone with this.',
  owner,
  payload: BlockThresholdPassed,
  example: { ...happened, detail: 'vda', device: 'vda', source: '/images/a.img', thresholdBytes: 1_048_576, excessBytes: 4_096 },
});

export const memoryFailed = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.memoryfailure',
  summary: "Memory of a guest's host, or of the guest, has failed.",
  owner,
  payload: MemoryFailed,
  example: { ...happened, detail: 'inject', recipient: 'guest', action: 'inject', actionRequired: true, recursive: false },
});

export const memoryDeviceResized = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.memorydeviceresized',
  summary: 'A guest has plugged or unplugged blocks of a memory device.',
  owner,
  payload: MemoryDeviceResized,
  example: { ...happened, detail: 'virtiomem0', device: 'virtiomem0', sizeKiB: 262_144 },
});

export const controlFailed = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.controlerror',
  summary: "The connection to a guest's monitor broke although its QEMU runs; it is made anew.",
  owner,
  payload: DomainHappening,
  example: { ...happened, detail: 'monitor' },
});
