import { IsArray, IsBoolean, IsInt, IsOptional, IsString, Min } from 'class-validator';
import { Nested } from '../nested.js';
import { bucket } from '../contract.js';
import { domainXml, hostId, networkUuid, networkXml, since, uuid } from '../examples.js';
import { Demand } from '../values/demand.js';
import { IsHostId, IsLibvirtUuid, IsObjectName, IsProjectName, IsXmlText } from '../validators.js';

/** What was asked for: the domain as it is defined. */
export class DomainRecord {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsObjectName() readonly name!: string;
  /** The definition as libvirt reads it back (`dumpxml --inactive`). */
  @IsXmlText() readonly xml!: string;
  @IsBoolean() readonly persistent!: boolean;
  @IsBoolean() readonly autostart!: boolean;
  @Nested(() => Demand) readonly demand!: Demand;
  @IsInt() @Min(0) readonly memoryKiB!: number;
  @IsInt() @Min(0) readonly maxMemoryKiB!: number;
  @IsOptional() @IsString() readonly title?: string;
  /** The project that the domain belongs to; absent when it is the fleet's own. It never changes. */
  @IsOptional() @IsProjectName() readonly project?: string;
  /** Seconds that its agent is waited for, as it was said; absent: as long as usual. */
  @IsOptional() @IsInt() @Min(-2) readonly agentSeconds?: number;
  /** The last commands that have changed its devices, so that one that comes again changes nothing. */
  @IsOptional() @IsArray() @IsString({ each: true }) readonly revisedBy?: string[];
}

export class NetworkRecord {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsObjectName() readonly name!: string;
  @IsXmlText() readonly xml!: string;
  /** The definition that an active network works by, when it was redefined since. */
  @IsOptional() @IsXmlText() readonly liveXml?: string;
  @IsBoolean() readonly persistent!: boolean;
  @IsBoolean() readonly autostart!: boolean;
  @IsBoolean() readonly active!: boolean;
  /** How often the network has been started. */
  @IsInt() @Min(0) readonly activation!: number;
  /** How often its definition, active or kept, has been changed. */
  @IsOptional() @IsInt() @Min(0) readonly version?: number;
  /** The bridge that the network uses on every host; absent when it uses none. */
  @IsOptional() @IsString() readonly bridge?: string;
  /** The project that the network belongs to; absent when it is the fleet's own, which every project may plug into. It never changes. */
  @IsOptional() @IsProjectName() readonly project?: string;
}

export class NameClaim {
  @IsLibvirtUuid() readonly uuid!: string;
}

export class HostWish {
  @IsHostId() readonly hostId!: string;
  @IsBoolean() readonly cordoned!: boolean;
}

/** A moment at which the fleet came up, and whether what is to start with it has been seen to. */
export class FleetStart {
  /** RFC 3339. */
  @IsString() readonly startedAt!: string;
  @IsBoolean() readonly done!: boolean;
}

export const fleetStarts = bucket({
  bucket: 'virtbus_fleet_starts',
  subject: '{part}',
  summary: 'When the fleet last came up, and whether what starts with it has been started.',
  owner: 'api',
  payload: FleetStart,
  example: { startedAt: since, done: true },
});

export const domainRecords = bucket({
  bucket: 'virtbus_domains',
  subject: '{uuid}',
  summary: 'Domain definitions.',
  owner: 'api',
  payload: DomainRecord,
  example: {
    uuid,
    name: 'demo',
    xml: domainXml,
    persistent: true,
    autostart: false,
    demand: { type: 'qemu', arch: 'x86_64', memoryMiB: 128, vcpus: 1 },
    memoryKiB: 131072,
    maxMemoryKiB: 131072,
  },
});

export const domainNames = bucket({
  bucket: 'virtbus_domain_names',
  subject: '{name}',
  summary: 'Which domain has a name. The key is the name in base64url.',
  owner: 'api',
  payload: NameClaim,
  example: { uuid },
});

export const networkRecords = bucket({
  bucket: 'virtbus_networks',
  subject: '{uuid}',
  summary: 'Network definitions, and whether each is active.',
  owner: 'api',
  payload: NetworkRecord,
  example: {
    uuid: networkUuid,
    name: 'lab',
    xml: networkXml,
    persistent: true,
    autostart: false,
    active: true,
    activation: 1,
    bridge: 'virbr0',
  },
});

export const networkNames = bucket({
  bucket: 'virtbus_network_names',
  subject: '{name}',
  summary: 'Which network has a name. The key is the name in base64url.',
  owner: 'api',
  payload: NameClaim,
  example: { uuid: networkUuid },
});

export const bridgeNames = bucket({
  bucket: 'virtbus_bridge_names',
  subject: '{name}',
  summary: 'Which network has a bridge name. One name means one network in the whole fleet.',
  owner: 'api',
  payload: NameClaim,
  example: { uuid: networkUuid },
});

export const hostWishes = bucket({
  bucket: 'virtbus_host_wishes',
  subject: '{hostId}',
  summary: 'What operators want of a host.',
  owner: 'api',
  payload: HostWish,
  example: { hostId, cordoned: false },
});
