import { ArrayMaxSize, IsArray, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { command, request } from '../contract.js';
import { mac, uuid } from '../examples.js';
import { Nested } from '../nested.js';
import { ObjectId } from '../values/common.js';
import { DiskTuning } from '../values/disk-tuning.js';
import {
  AgentCommand,
  BlockThreshold,
  CommandOutput,
  DiskSize,
  GuestSleep,
  GuestTime,
  InterfaceTuning,
  Keys,
  MetadataChange,
  MonitorCommand,
} from '../values/operation.js';
import { ThreadPin } from '../values/thread-pin.js';
import { Screenshot } from '../values/screenshot.js';
import { DomainStatsList, StatsGroups } from '../values/stats.js';
import { IsLibvirtUuid, MAX_XML_BYTES } from '../validators.js';
import { PlacedDomain } from './domain-commands.contract.js';

export class PlacedKeys extends PlacedDomain {
  @Nested(() => Keys) readonly keys!: Keys;
}

export class PlacedDiskSize extends PlacedDomain {
  @Nested(() => DiskSize) readonly size!: DiskSize;
}

export class PlacedBlockThreshold extends PlacedDomain {
  @Nested(() => BlockThreshold) readonly threshold!: BlockThreshold;
}

export class PlacedSleep extends PlacedDomain {
  @Nested(() => GuestSleep) readonly sleep!: GuestSleep;
}

export class PlacedMonitorCommand extends PlacedDomain {
  @Nested(() => MonitorCommand) readonly monitor!: MonitorCommand;
}

export class PlacedAgentCommand extends PlacedDomain {
  @Nested(() => AgentCommand) readonly agent!: AgentCommand;
}

export class PlacedGuestTime extends PlacedDomain {
  @Nested(() => GuestTime) readonly time!: GuestTime;
}

export class PlacedMemory extends PlacedDomain {
  /** What the balloon is to leave to the guest. */
  @IsInt() @Min(1) readonly memoryKiB!: number;
}

export class PlacedVcpus extends PlacedDomain {
  @IsInt() @Min(1) @Max(16_384) readonly vcpus!: number;
}

export class PlacedTuning extends PlacedDomain {
  @Nested(() => InterfaceTuning) readonly tuning!: InterfaceTuning;
}

export class PlacedDiskTuning extends PlacedDomain {
  @Nested(() => DiskTuning) readonly tuning!: DiskTuning;
}

export class PlacedPin extends PlacedDomain {
  @Nested(() => ThreadPin) readonly pin!: ThreadPin;
}

export class PlacedMetadata extends PlacedDomain {
  @Nested(() => MetadataChange) readonly metadata!: MetadataChange;
}

export class HostStatsQuestion extends StatsGroups {
  @IsArray() @ArrayMaxSize(10_000) @IsLibvirtUuid({ each: true }) readonly uuids!: string[];
}

/** A picture is asked for in pieces: the first question takes it, the others carry its `id` and where to go on. */
export class HostScreenshotQuestion {
  @IsLibvirtUuid() readonly uuid!: string;
  /** The first one when absent. */
  @IsOptional() @IsInt() @Min(0) @Max(15) readonly screen?: number;
  @IsOptional() @IsString() @MaxLength(64) readonly id?: string;
  @IsOptional() @IsInt() @Min(0) @Max(64 * MAX_XML_BYTES) readonly offset?: number;
}

const errors = [
  'payload_invalid',
  'deadline_passed',
  'no_domain',
  'operation_invalid',
  'invalid_argument',
  'config_unsupported',
  'operation_unsupported',
  'stale_epoch',
  'qemu_failed',
  'agent_unresponsive',
  'system_error',
  'operation_failed',
  'internal',
] as const;
const example = { uuid, name: 'demo', epoch: 3 };
const common = { owner: 'host-agent', reply: ObjectId, errors, replyExample: { uuid, name: 'demo' } } as const;
const answered = { owner: 'host-agent', reply: CommandOutput, errors } as const;

export const sendPlacedKeys = command({
  ...common,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.sendkey',
  summary: 'Press keys of a guest on this host.',
  payload: PlacedKeys,
  example: { ...example, keys: { keycodes: [29, 56, 111] } },
});

export const resizePlacedDisk = command({
  ...common,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.blockresize',
  summary: 'Change the size of a disk of a guest on this host.',
  payload: PlacedDiskSize,
  example: { ...example, size: { disk: 'vda', bytes: 8_388_608 } },
});

export const injectPlacedNmi = command({
  ...common,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.nmi',
  summary: 'Send a non-maskable interrupt to a guest on this host.',
  payload: PlacedDomain,
  example,
});

export const setPlacedThreshold = command({
  ...common,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.blockthreshold',
  summary: 'Have a write behind some byte of a disk of a guest on this host told, once.',
  payload: PlacedBlockThreshold,
  example: { ...example, threshold: { disk: 'vda', bytes: 1_073_741_824 } },
});

export const putPlacedToSleep = command({
  ...common,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.pmsuspend',
  summary: 'Put a guest on this host to sleep, through its agent.',
  payload: PlacedSleep,
  example: { ...example, sleep: { target: 'mem' } },
});

export const wakePlaced = command({
  ...common,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.pmwakeup',
  summary: 'Wake a guest on this host that sleeps.',
  payload: PlacedDomain,
  example,
});

export const runPlacedMonitor = command({
  ...answered,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.monitor',
  summary: "Ask the monitor of a guest's QEMU on this host.",
  payload: PlacedMonitorCommand,
  example: { ...example, monitor: { command: '{"execute":"query-status"}' } },
  replyExample: { output: '{"return":{"running":true},"id":"virtbus-1"}' },
});

export const runPlacedAgent = command({
  ...answered,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.agent',
  summary: 'Ask the agent inside of a guest on this host.',
  payload: PlacedAgentCommand,
  example: { ...example, agent: { command: '{"execute":"guest-ping"}' } },
  replyExample: { output: '{"return":{}}' },
});

export const setPlacedTime = command({
  ...common,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.settime',
  summary: 'Set the clock of a guest on this host, through its agent.',
  payload: PlacedGuestTime,
  example: { ...example, time: { seconds: 1_795_000_000 } },
});

export const setPlacedMemory = command({
  ...common,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.setmemory',
  summary: 'Inflate or deflate the balloon of a guest on this host.',
  payload: PlacedMemory,
  example: { ...example, memoryKiB: 65_536 },
});

export const setPlacedVcpus = command({
  ...common,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.setvcpus',
  summary: 'Plug processors of a guest on this host, or pull them.',
  payload: PlacedVcpus,
  example: { ...example, vcpus: 2 },
});

export const tunePlacedInterface = command({
  ...common,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.tuneinterface',
  summary: "Change the limits of a running guest's interface on this host.",
  payload: PlacedTuning,
  errors: [...errors, 'no_network', 'no_network_port'],
  example: { ...example, tuning: { device: mac, inbound: { average: 1000 } } },
});

export const tunePlacedDisk = command({
  ...common,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.tunedisk',
  summary: "Change the limits of a running guest's disk on this host.",
  payload: PlacedDiskTuning,
  example: { ...example, tuning: { disk: 'vda', limits: { totalIopsSec: 100 } } },
});

export const pinPlacedThread = command({
  ...common,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.pinthread',
  summary: 'Have a thread of a guest run on these processors of this host.',
  payload: PlacedPin,
  example: { ...example, pin: { cpuset: '0' } },
});

export const setPlacedMetadata = command({
  ...common,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.setmetadata',
  summary: 'Change words about a running domain in its live definition.',
  payload: PlacedMetadata,
  example: { ...example, metadata: { kind: 'title', value: 'web server' } },
});

export const readHostStats = request({
  subject: 'virtbus.v1.host.{hostId}.req.domain.stats',
  summary: 'What guests on this host use, counted now.',
  owner: 'host-agent',
  payload: HostStatsQuestion,
  reply: DomainStatsList,
  errors: ['payload_invalid', 'internal'],
  example: { uuids: [uuid], groups: ['cpu-total'] },
  replyExample: { records: [{ uuid, stats: { 'cpu.time': 1_000_000_000 } }] },
});

export const takeHostScreenshot = request({
  subject: 'virtbus.v1.host.{hostId}.req.domain.screenshot',
  summary: 'A picture of what a guest on this host shows.',
  owner: 'host-agent',
  payload: HostScreenshotQuestion,
  reply: Screenshot,
  errors: ['payload_invalid', 'operation_invalid', 'invalid_argument', 'operation_failed', 'qemu_failed', 'system_error', 'internal'],
  example: { uuid },
  replyExample: { id: '5f2c', mimeType: 'image/png', bytes: 4, offset: 0, data: 'iVBORw==' },
});
