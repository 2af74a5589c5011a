import { request } from '../contract.js';
import { uuid } from '../examples.js';
import { IsLibvirtUuid } from '../validators.js';
import { ConsoleSession } from './console.contract.js';

export class OpenGraphics {
  @IsLibvirtUuid() readonly uuid!: string;
}

/**
 * Bytes of VNC as a console's are carried: `{subject}.out` from the guest's screen, `{subject}.in` to it, an empty message is the end.
 * The host sends nothing before it has heard from the other side (`Virtbus-Alive` on an empty message does), so that what a screen says
 * first is not lost, and no more than 1 MiB ahead of what the other side says that it has passed on, in messages to `.in` with the header
 * `Virtbus-Taken`, which holds the bytes so far.
 */
export const openGraphics = request({
  subject: 'virtbus.v1.host.{hostId}.req.domain.graphics',
  summary: "Open a guest's screen, as VNC shows it.",
  owner: 'host-agent',
  payload: OpenGraphics,
  reply: ConsoleSession,
  errors: ['payload_invalid', 'no_domain', 'operation_invalid', 'operation_failed', 'rate_limited', 'internal'],
  example: { uuid },
  replyExample: { subject: 'virtbus.v1.console.5f2c' },
});
