import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';

/** "no suitable peers for placement": a cluster says so while its servers have not all found each other. */
const NO_PEERS = 10005;

/** True for what a server says while it starts, elects a leader, or is away. */
export function mayPass(cause: unknown): boolean {
  if (cause instanceof errors.TimeoutError || cause instanceof errors.RequestError) return true;
  if (cause instanceof JetStreamApiError) return cause.status === 503 || cause.code === NO_PEERS;
  // The client throws it for an answer of "no responders", and does not export its class.
  return cause instanceof Error && cause.name === 'JetStreamNotEnabled';
}

/** "stream not found". */
const STREAM_GONE = 10059;

export const isStreamGone = (cause: unknown): boolean => cause instanceof JetStreamApiError && cause.code === STREAM_GONE;
