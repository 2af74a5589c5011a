import { Refusal } from '@virtbus/contracts';
import type { Link } from './link.js';

/** Headers count too; ours take less. */
const HEADERS_BYTES = 4_096;

/** A server that was not set up by virtbus may take less than the contracts allow. @throws Refusal payload_too_large. */
export function mustFit({ nc }: Link, subject: string, bytes: Uint8Array): void {
  const limit = (nc.info?.max_payload ?? Number.POSITIVE_INFINITY) - HEADERS_BYTES;
  if (bytes.length <= limit) return;
  throw new Refusal(
    'payload_too_large',
    `${subject}: ${bytes.length} bytes are more than this nats-server takes; set its max_payload to 4MB`,
  );
}
