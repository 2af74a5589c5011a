import { IsBoolean, IsOptional, IsString } from 'class-validator';
import { request } from '../contract.js';
import { uuid } from '../examples.js';
import { IsLibvirtUuid } from '../validators.js';

export class OpenConsole {
  @IsLibvirtUuid() readonly uuid!: string;
  /** The alias of the serial or console device; the first one when absent. */
  @IsOptional() @IsString() readonly device?: string;
  /** Take the console over from whoever has it. */
  @IsOptional() @IsBoolean() readonly force?: boolean;
}

/**
 * Bytes from the guest are published on `{subject}.out`, bytes for it are read from `{subject}.in`; an empty message on
 * either ends the session, and so do 30 seconds without a message on `.in` (an empty-handed client sends `Virtbus-Alive`).
 */
export class ConsoleSession {
  @IsString() readonly subject!: string;
}

export const openConsole = request({
  subject: 'virtbus.v1.host.{hostId}.req.domain.console',
  summary: "Open a guest's serial console.",
  owner: 'host-agent',
  payload: OpenConsole,
  reply: ConsoleSession,
  errors: ['payload_invalid', 'no_domain', 'operation_invalid', 'operation_failed', 'internal'],
  example: { uuid },
  replyExample: { subject: 'virtbus.v1.console.5f2c' },
});
