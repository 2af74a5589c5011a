import { IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { command, event, request } from '../contract.js';
import { mac, since, uuid } from '../examples.js';
import { Nested } from '../nested.js';
import { DomainRef, ObjectId } from '../values/common.js';
import { DiskLimits, DiskTuning } from '../values/disk-tuning.js';
import { DomainChange, InterfaceTuning, MetadataChange, metadataKinds } from '../values/operation.js';
import { Screenshot } from '../values/screenshot.js';
import { ThreadPin } from '../values/thread-pin.js';
import { DomainStatsList, StatsGroups } from '../values/stats.js';
import { IsLibvirtUuid, MAX_XML_BYTES } from '../validators.js';

export class SetDomainMemory extends DomainChange {
  @IsInt() @Min(1) readonly memoryKiB!: number;
  /** The most that the domain may ever have, instead of what it has now. */
  @IsOptional() @IsBoolean() readonly maximum?: boolean;
}

export class SetDomainVcpus extends DomainChange {
  @IsInt() @Min(1) @Max(16_384) readonly vcpus!: number;
  /** The most that the domain may ever have, instead of what it has now. */
  @IsOptional() @IsBoolean() readonly maximum?: boolean;
}

export class TuneInterface extends DomainChange {
  @Nested(() => InterfaceTuning) readonly tuning!: InterfaceTuning;
}

export class TuneDisk extends DomainChange {
  @Nested(() => DiskTuning) readonly tuning!: DiskTuning;
}

export class PinThread extends DomainChange {
  @Nested(() => ThreadPin) readonly pin!: ThreadPin;
}

export class SetDomainMetadata extends DomainChange {
  @Nested(() => MetadataChange) readonly metadata!: MetadataChange;
}

export class DomainMetadataQuestion extends DomainChange {
  @IsIn(metadataKinds) readonly kind!: (typeof metadataKinds)[number];
  @IsOptional() @IsString() @MaxLength(4096) readonly uri?: string;
}

export class DomainMetadata {
  @IsString() readonly value!: string;
}

export class DomainStatsQuestion extends StatsGroups {
  /** Names or UUIDs; every running domain when absent. */
  @IsOptional() @IsArray() @IsString({ each: true }) readonly domains?: string[];
  /** `next` of the answer before, when every running domain is asked about; absent for the first page. */
  @IsOptional() @IsString() readonly after?: string;
}

export class DomainStatsPage extends DomainStatsList {
  /** Where the next page begins; absent when this is the last, or when the domains were named. */
  @IsOptional() @IsString() readonly next?: string;
}

export class ScreenshotQuestion extends DomainRef {
  /** The first one when absent. */
  @IsOptional() @IsInt() @Min(0) @Max(15) readonly screen?: number;
  /** Of the picture that is read on; absent for a new one. */
  @IsOptional() @IsString() @MaxLength(64) readonly id?: string;
  @IsOptional() @IsInt() @Min(0) @Max(64 * MAX_XML_BYTES) readonly offset?: number;
}

/** Words about a domain were changed: virsh's event `metadata-change`. */
export class MetadataChanged {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsString() readonly name!: string;
  @IsIn(metadataKinds) readonly detail!: (typeof metadataKinds)[number];
  /** RFC 3339. */
  @IsString() readonly at!: string;
  @IsOptional() @IsString() readonly uri?: string;
}

/** What a running domain's disk may carry was changed: virsh's event `tunable`. */
export class DiskTuned {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsString() readonly name!: string;
  /** The disk, as whoever changed it named it. */
  @IsString() readonly detail!: string;
  /** RFC 3339. */
  @IsString() readonly at!: string;
  /** What was said, not what came of it. */
  @Nested(() => DiskLimits) readonly limits!: DiskLimits;
}

/** A thread of a running domain was told where to run: virsh's event `tunable`. */
export class ThreadPinned {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsString() readonly name!: string;
  /** `vcpupin0`, `emulatorpin`. */
  @IsString() readonly detail!: string;
  /** RFC 3339. */
  @IsString() readonly at!: string;
  @IsString() readonly cpuset!: string;
}

const errors = [
  'payload_invalid',
  'payload_too_large',
  'deadline_passed',
  'no_domain',
  'no_domain_metadata',
  'operation_invalid',
  'invalid_argument',
  'xml_error',
  'config_unsupported',
  'operation_unsupported',
  'operation_failed',
  'stale_epoch',
  'qemu_failed',
  'system_error',
  'host_unreachable',
  'internal',
] as const;
const common = { owner: 'api', reply: ObjectId, errors, replyExample: { uuid, name: 'demo' } } as const;
const asked = { owner: 'api' } as const;

export const setDomainMemory = command({
  ...common,
  subject: 'virtbus.v1.cmd.domain.setmemory',
  summary: 'Say how much memory a domain has: now by its balloon, from its next start by its definition, or both.',
  payload: SetDomainMemory,
  example: { domain: 'demo', memoryKiB: 65_536, live: true },
});

export const setDomainVcpus = command({
  ...common,
  subject: 'virtbus.v1.cmd.domain.setvcpus',
  summary: 'Say how many processors a domain has: now by plugging them, from its next start by its definition, or both.',
  payload: SetDomainVcpus,
  example: { domain: 'demo', vcpus: 2, config: true },
});

export const tuneInterface = command({
  ...common,
  subject: 'virtbus.v1.cmd.domain.tuneinterface',
  summary: 'Say what an interface of a domain may carry: now, from its next start by its definition, or both.',
  payload: TuneInterface,
  errors: [...errors, 'no_network', 'no_network_port'],
  example: { domain: 'demo', tuning: { device: mac, inbound: { average: 1000, peak: 2000, burst: 512 } }, live: true },
});

export const tuneDisk = command({
  ...common,
  subject: 'virtbus.v1.cmd.domain.tunedisk',
  summary: 'Say what a disk of a domain may carry: now, from its next start by its definition, or both.',
  payload: TuneDisk,
  example: { domain: 'demo', tuning: { disk: 'vda', limits: { totalBytesSec: 1_000_000, readIopsSec: 100 } }, live: true },
});

export const pinThread = command({
  ...common,
  subject: 'virtbus.v1.cmd.domain.pinthread',
  summary: "Say on which of its host's processors a processor of a domain runs, or its emulator: now, from its next start, or both.",
  payload: PinThread,
  example: { domain: 'demo', pin: { vcpu: 0, cpuset: '0-3' }, live: true },
});

export const setDomainMetadata = command({
  ...common,
  subject: 'virtbus.v1.cmd.domain.setmetadata',
  summary: "Change a domain's title or description, or an element of its <metadata>.",
  payload: SetDomainMetadata,
  example: { domain: 'demo', metadata: { kind: 'title', value: 'web server' } },
});

export const getDomainMetadata = request({
  ...asked,
  subject: 'virtbus.v1.req.domain.metadata',
  summary: "A domain's title or description, or an element of its <metadata>.",
  payload: DomainMetadataQuestion,
  reply: DomainMetadata,
  errors: ['payload_invalid', 'no_domain', 'no_domain_metadata', 'operation_invalid', 'internal'],
  example: { domain: 'demo', kind: 'title' },
  replyExample: { value: 'web server' },
});

export const getDomainStats = request({
  ...asked,
  subject: 'virtbus.v1.req.domain.stats',
  summary: 'What domains use, counted on their hosts now. A host that does not answer in time leaves its domains with what is on record.',
  payload: DomainStatsQuestion,
  reply: DomainStatsPage,
  errors: ['payload_invalid', 'no_domain', 'internal'],
  example: { domains: ['demo'], groups: ['balloon'] },
  replyExample: { records: [{ uuid, stats: { 'balloon.current': 131_072, 'balloon.maximum': 131_072 } }] },
});

export const takeScreenshot = request({
  ...asked,
  subject: 'virtbus.v1.req.domain.screenshot',
  summary: 'A picture of what a guest shows, in pieces.',
  payload: ScreenshotQuestion,
  reply: Screenshot,
  errors: [
    'payload_invalid',
    'no_domain',
    'operation_invalid',
    'invalid_argument',
    'operation_failed',
    'qemu_failed',
    'system_error',
    'host_unreachable',
    'internal',
  ],
  example: { domain: 'demo' },
  replyExample: { id: '5f2c', mimeType: 'image/png', bytes: 4, offset: 0, data: 'iVBORw==' },
});

export const threadPinned = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.threadpinned',
  summary: 'A thread of a running domain was told on which processors of its host it runs.',
  owner: 'api',
  payload: ThreadPinned,
  example: { uuid, name: 'demo', detail: 'vcpupin0', at: since, cpuset: '0-3' },
});

export const diskTuned = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.disktuned',
  summary: "What a running domain's disk may carry was changed.",
  owner: 'api',
  payload: DiskTuned,
  example: { uuid, name: 'demo', detail: 'vda', at: since, limits: { totalBytesSec: 1_000_000 } },
});

export const metadataChanged = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.metadatachanged',
  summary: 'Words about a domain were changed.',
  owner: 'api',
  payload: MetadataChanged,
  example: { uuid, name: 'demo', detail: 'title', at: since },
});
