import { IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min, ArrayMaxSize, ArrayMinSize } from 'class-validator';
import { Nested } from '../nested.js';
import { MAX_XML_BYTES } from '../validators.js';
import { Rate } from './actual-net-def.js';
import { DomainRef } from './common.js';

/** A question to a guest's monitor or agent, and its answer, are no longer than this. Characters. */
export const MAX_COMMAND_CHARACTERS = 64 * 1024;

/**
 * What a change is to reach, as libvirt's `--live` and `--config`: what runs, the definition, or both. Neither means what runs, when it
 * runs, and else the definition (`--current`).
 */
export class DomainChange extends DomainRef {
  @IsOptional() @IsBoolean() readonly live?: boolean;
  @IsOptional() @IsBoolean() readonly config?: boolean;
}

/** New limits of an interface: a direction that is left out stays, one without an average and a floor has no limit any more. */
export class InterfaceTuning {
  /** MAC address, or name of the link on its host. */
  @IsString() @MaxLength(64) readonly device!: string;
  @IsOptional() @Nested(() => Rate) readonly inbound?: Rate;
  @IsOptional() @Nested(() => Rate) readonly outbound?: Rate;
}

/** The tables of libvirt's `virKeycode.h`, by the names that virsh knows. */
export const codesets = ['linux', 'xt', 'atset1', 'atset2', 'atset3', 'os_x', 'xt_kbd', 'usb', 'win32', 'rfb', 'qnum'] as const;

export class Keys {
  @IsOptional() @IsIn(codesets) readonly codeset?: (typeof codesets)[number];
  /** All of them are pressed at once. Numbers of the codeset; `linux` when none is named. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(16)
  @IsInt({ each: true })
  @Min(0, { each: true })
  @Max(0xffff, { each: true })
  readonly keycodes!: number[];
  @IsOptional() @IsInt() @Min(0) @Max(10_000) readonly holdMs?: number;
}

/** How large the image of a disk is to be. */
export class DiskSize {
  /** By its target or its file. */
  @IsString() @MaxLength(4096) readonly disk!: string;
  @IsInt() @Min(0) readonly bytes!: number;
}

/** When to tell of a disk whose image fills up. */
export class BlockThreshold {
  /** By its target. */
  @IsString() @MaxLength(4096) readonly disk!: string;
  /** A write behind this byte of the image is told, once. 0: none is. */
  @IsInt() @Min(0) readonly bytes!: number;
}

export const sleepTargets = ['mem', 'disk', 'hybrid'] as const;

/** How a guest is to sleep: with its memory kept by the machine, written to its disk, or both. */
export class GuestSleep {
  @IsIn(sleepTargets) readonly target!: (typeof sleepTargets)[number];
}

export class MonitorCommand {
  /** JSON of QMP, or with `hmp` a line of the human monitor. */
  @IsString() @MaxLength(MAX_COMMAND_CHARACTERS) readonly command!: string;
  @IsOptional() @IsBoolean() readonly hmp?: boolean;
}

export class AgentCommand {
  /** JSON of the guest agent's protocol. */
  @IsString() @MaxLength(MAX_COMMAND_CHARACTERS) readonly command!: string;
  /** 5 when absent. */
  @IsOptional() @IsInt() @Min(1) @Max(55) readonly timeoutSeconds?: number;
}

/** What every agent may be asked, by the names of QEMU's agent: it changes nothing, and says nothing of other guests. */
export const guestQuestions = [
  'guest-get-time',
  'guest-get-users',
  'guest-get-osinfo',
  'guest-get-timezone',
  'guest-get-host-name',
  'guest-get-fsinfo',
] as const;
export type GuestQuestion = (typeof guestQuestions)[number];

/** The ways in which a guest can be asked to go down: by its power button, or by the agent inside of it. */
export const shutdownModes = ['acpi', 'agent'] as const;
export type ShutdownMode = (typeof shutdownModes)[number];

/** What a monitor or an agent has answered, as text. */
export class CommandOutput {
  @IsString() readonly output!: string;
}

export class GuestTime {
  /** Since 1970, as the guest has it or shall have it. */
  @IsInt() @Min(0) readonly seconds!: number;
  @IsOptional() @IsInt() @Min(0) @Max(999_999_999) readonly nanoseconds?: number;
  /** How long the agent is waited for; as long as the domain's agents are when absent, which is 5 unless it was said. */
  @IsOptional() @IsInt() @Min(1) @Max(55) readonly timeoutSeconds?: number;
  /** Set the guest's clock from its real-time clock; the time is then not looked at. */
  @IsOptional() @IsBoolean() readonly sync?: boolean;
}

export const metadataKinds = ['description', 'title', 'element'] as const;

export class MetadataChange {
  @IsIn(metadataKinds) readonly kind!: (typeof metadataKinds)[number];
  /** Text, or for an element its XML; absent takes it away. */
  @IsOptional() @IsString() @MaxLength(MAX_XML_BYTES) readonly value?: string;
  /** The prefix that an element's namespace gets. */
  @IsOptional() @IsString() @MaxLength(256) readonly key?: string;
  /** The namespace that an element belongs to. */
  @IsOptional() @IsString() @MaxLength(4096) readonly uri?: string;
}
