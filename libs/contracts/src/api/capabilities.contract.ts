import { IsOptional, IsString, MaxLength } from 'class-validator';
import { request } from '../contract.js';
import { Nothing, Xml } from '../values/common.js';

const MAX_WORD = 64;
const MAX_PATH = 4_096;

/** The guests that are asked about, in libvirt's words; nothing said is the usual. */
export class GuestKind {
  @IsOptional() @IsString() @MaxLength(MAX_WORD) readonly arch?: string;
  @IsOptional() @IsString() @MaxLength(MAX_WORD) readonly machine?: string;
  @IsOptional() @IsString() @MaxLength(MAX_WORD) readonly virttype?: string;
  /** Path of QEMU on the hosts. */
  @IsOptional() @IsString() @MaxLength(MAX_PATH) readonly emulator?: string;
}

export const getCapabilities = request({
  subject: 'virtbus.v1.req.host.capabilities',
  summary: "What the hosts together offer, in libvirt's XML: processors, memory, and which kinds of guests there can be.",
  owner: 'api',
  payload: Nothing,
  reply: Xml,
  errors: ['payload_invalid', 'internal'],
  example: {},
  replyExample: { xml: '<capabilities/>' },
});

export const getGuestCapabilities = request({
  subject: 'virtbus.v1.req.host.guestcapabilities',
  summary: "What guests of a kind can have on every host that can run them, in libvirt's XML.",
  owner: 'api',
  payload: GuestKind,
  reply: Xml,
  errors: ['payload_invalid', 'invalid_argument', 'config_unsupported', 'internal'],
  example: { arch: 'x86_64', machine: 'q35' },
  replyExample: { xml: '<domainCapabilities/>' },
});
