import { IsBoolean, IsInt, IsOptional, IsString, Min } from 'class-validator';
import { request } from '../contract.js';
import { poolUuid } from '../examples.js';
import { HostVolume } from './storage.contract.js';

export class OpenHostVolume extends HostVolume {
  /** Where it begins. Bytes. */
  @IsInt() @Min(0) readonly offset!: number;
  /** How much at most; to the end of the volume, or of what is sent, when absent. Bytes. */
  @IsOptional() @IsInt() @Min(1) readonly length?: number;
  /** Of a download: where nothing has been written, holes come instead of zeros. False when absent. */
  @IsOptional() @IsBoolean() readonly sparse?: boolean;
}

/**
 * Whoever sends says pieces, the other end what it has taken: `{subject}.in` is to the host, `{subject}.out` from it. A piece is at most
 * 512 KiB as they are, with the header `Virtbus-Offset`, its place in the volume, each behind the one before it; an empty one with
 * `Virtbus-Hole` is a hole of so many bytes, which reads as zeros. No more than 64 pieces and 2 MiB are on their way: an empty message with `Virtbus-Taken` says up to where they have been dealt with. `Virtbus-Again` says from where they
 * are wanted once more, since some were lost; `Virtbus-Sent` asks for either. `Virtbus-End` is where the last one ends; once all is dealt
 * with, `Virtbus-Ended` answers it. A message with `Virtbus-Error-Code` and an error as its body is the end of it, from either side, and
 * so are 30 seconds without a message to the host. The host sends nothing before it has heard something.
 */
export class VolumeSession {
  @IsString() readonly subject!: string;
}

const example = { uuid: poolUuid, path: '/var/lib/libvirt/images', volume: 'disk.qcow2', offset: 0 };
const errors = [
  'payload_invalid',
  'internal',
  'operation_invalid',
  'operation_failed',
  'system_error',
  'no_volume',
  'rate_limited',
] as const;

export const uploadHostVolume = request({
  subject: 'virtbus.v1.host.{hostId}.req.volume.upload',
  summary: 'Overwrite what a volume on this host holds, with bytes that follow.',
  owner: 'host-agent',
  payload: OpenHostVolume,
  reply: VolumeSession,
  errors,
  example,
  replyExample: { subject: 'virtbus.v1.bytes.5f2c' },
});

export const downloadHostVolume = request({
  subject: 'virtbus.v1.host.{hostId}.req.volume.download',
  summary: 'What a volume on this host holds, byte for byte.',
  owner: 'host-agent',
  payload: OpenHostVolume,
  reply: VolumeSession,
  errors,
  example,
  replyExample: { subject: 'virtbus.v1.bytes.5f2c' },
});
