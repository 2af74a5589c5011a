import { IsInt, IsOptional, IsString, MaxLength, Min } from 'class-validator';
import { signal } from '../contract.js';
import { uuid } from '../examples.js';
import { IsLibvirtUuid } from '../validators.js';

/** Of one event, as QEMU wrote it down. Characters; libvirt has none larger but what a guest makes up. */
export const MAX_MONITOR_DETAILS = 8_192;
export const MAX_MONITOR_EVENT_NAME = 128;

/** An event of a guest's QEMU, as its monitor told it. */
export class MonitorHappening {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsString() readonly name!: string;
  /** QEMU's name of it: `RTC_CHANGE`. */
  @IsString() @MaxLength(MAX_MONITOR_EVENT_NAME) readonly event!: string;
  /** QEMU's clock: seconds since 1970, and microseconds beside them. */
  @IsInt() readonly seconds!: number;
  @IsInt() @Min(0) readonly microseconds!: number;
  /** What QEMU says of it, a JSON object as text; absent when it says nothing, or more than 8192 characters. */
  @IsOptional() @IsString() @MaxLength(MAX_MONITOR_DETAILS) readonly details?: string;
  /** How many events of this guest were passed over since the last one that was told. */
  @IsOptional() @IsInt() @Min(1) readonly missed?: number;
}

export const monitorEvent = signal({
  subject: 'virtbus.v1.host.{hostId}.sig.domain.{uuid}.monitor',
  summary: "A guest's QEMU has told something. Of one guest 20 a second are passed on, and 200 at once; of one host five times as many.",
  owner: 'host-agent',
  payload: MonitorHappening,
  example: { uuid, name: 'demo', event: 'RTC_CHANGE', seconds: 1_795_000_000, microseconds: 5, details: '{"offset":3600}' },
});
