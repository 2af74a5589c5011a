import { IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { event, request } from '../contract.js';
import { hostId, mac, since, uuid } from '../examples.js';
import { Nested } from '../nested.js';
import { IsHostId, IsLibvirtUuid, IsMacAddress } from '../validators.js';

/** `none` takes no such frame, `normal` those of the table, `all` every one. */
export const rxFilterModes = ['none', 'normal', 'all'] as const;
export type RxFilterMode = (typeof rxFilterModes)[number];

/** A table of addresses. `overflow`: the guest has asked for more than fit, so that everything passes. */
export class RxFilterTable {
  @IsIn(rxFilterModes) readonly mode!: RxFilterMode;
  @IsBoolean() readonly overflow!: boolean;
  @IsArray() @IsMacAddress({ each: true }) readonly table!: string[];
}

export class RxFilterVlans {
  @IsIn(rxFilterModes) readonly mode!: RxFilterMode;
  @IsArray() @IsInt({ each: true }) @Min(0, { each: true }) @Max(4095, { each: true }) readonly table!: number[];
}

/** What a guest's network card lets through (QEMU's `query-rx-filter`). */
export class RxFilter {
  @IsString() readonly name!: string;
  @IsMacAddress() readonly mac!: string;
  @IsBoolean() readonly promiscuous!: boolean;
  @IsBoolean() readonly broadcastAllowed!: boolean;
  @Nested(() => RxFilterTable) readonly unicast!: RxFilterTable;
  @Nested(() => RxFilterTable) readonly multicast!: RxFilterTable;
  @Nested(() => RxFilterVlans) readonly vlan!: RxFilterVlans;
}

/** An interface of a running guest and what its card lets through. */
export class CardFilter {
  @IsString() readonly alias!: string;
  /** As defined. */
  @IsMacAddress() readonly mac!: string;
  /** The link's name on the host. */
  @IsOptional() @IsString() readonly target?: string;
  /** Whether the host follows what the guest does. */
  @IsBoolean() readonly trusted!: boolean;
  /** Absent for a guest that is not trusted: QEMU is not asked, for then it would tell of every change. */
  @IsOptional() @Nested(() => RxFilter) readonly filter?: RxFilter;
}

export class CardFilterQuestion {
  @IsLibvirtUuid() readonly uuid!: string;
  /** MAC address as defined, the link's name on the host, or the alias. */
  @IsString() readonly interface!: string;
}

/** A guest has changed what its network card lets through. */
export class RxFilterHappening {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsString() readonly name!: string;
  @IsString() readonly alias!: string;
  @IsString() readonly at!: string;
  @IsHostId() readonly hostId!: string;
  @IsBoolean() readonly trusted!: boolean;
  /** Absent for a guest that is not trusted: QEMU is not asked, and tells of no other change until somebody asks. */
  @IsOptional() @Nested(() => RxFilter) readonly filter?: RxFilter;
}

const multicast = { mode: 'normal', overflow: false, table: ['01:00:5e:00:00:01'] } as const;
const filter = {
  name: 'net0',
  mac,
  promiscuous: false,
  broadcastAllowed: true,
  unicast: { mode: 'normal', overflow: false, table: [] as string[] },
  multicast: { ...multicast, table: [...multicast.table] },
  vlan: { mode: 'normal', table: [0] },
} as const satisfies RxFilter;

export const rxFilterChanged = event({
  subject: 'virtbus.v1.evt.domain.{uuid}.rxfilterchanged',
  summary: 'A guest has changed what its network card lets through: its MAC address, multicast groups, promiscuous mode or VLANs.',
  owner: 'host-agent',
  payload: RxFilterHappening,
  example: { uuid, name: 'demo', alias: 'net0', at: since, hostId, trusted: true, filter },
});

export const filterErrors = ['payload_invalid', 'operation_invalid', 'no_device', 'operation_failed', 'qemu_failed', 'internal'] as const;
export const cardFilterExample = { alias: 'net0', mac, target: 'vnet0', trusted: true, filter } as const satisfies CardFilter;

export const readCardFilter = request({
  subject: 'virtbus.v1.host.{hostId}.req.domain.rxfilter',
  summary: "What the network card of a guest of this host lets through, by QEMU's word.",
  owner: 'host-agent',
  payload: CardFilterQuestion,
  reply: CardFilter,
  errors: [...filterErrors],
  example: { uuid, interface: mac },
  replyExample: { ...cardFilterExample },
});
