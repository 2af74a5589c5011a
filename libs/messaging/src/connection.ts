import { connect, errors, type NatsConnection } from '@nats-io/transport-node';
import { authenticationOf, type Credential } from './credential.js';
import type { Log } from './log.js';
import { sleep } from './wait.js';

export interface ConnectionOptions {
  readonly servers: string | readonly string[];
  readonly name: string;
  readonly log: Log;
  readonly credential?: Credential;
  /** What its inboxes begin with; NATS's own when absent. */
  readonly inbox?: string;
  readonly signal?: AbortSignal;
}

const RETRY_MS = 250;
const SAY_SO_EVERY_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** A dead server is noticed after two of them. The client's own default is two minutes. */
const PING_MS = 10_000;

/**
 * Waits for ever for a server, then keeps the connection for ever.
 * @throws what the server says of a credential that it refuses, since waiting does not cure it; the signal's reason.
 */
export async function openConnection(options: ConnectionOptions): Promise<NatsConnection> {
  const { log, signal } = options;
  let saidAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await dial(options);
    } catch (cause) {
      if (cause instanceof errors.AuthorizationError) throw cause;
      if (performance.now() - saidAt >= SAY_SO_EVERY_MS) {
        saidAt = performance.now();
        log.warn(`waiting for nats-server at ${placesOf(options)} (${cause instanceof Error ? cause.message : String(cause)})`);
      }
    }
    await sleep(RETRY_MS, signal);
  }
}

const placesOf = ({ servers }: ConnectionOptions): string => [servers].flat().join(', ');

const dial = ({ servers, name, credential, inbox }: ConnectionOptions): Promise<NatsConnection> =>
  connect({
    servers: [...[servers].flat()],
    ...authenticationOf(credential),
    name,
    ...(inbox === undefined ? {} : { inboxPrefix: inbox }),
    timeout: CONNECT_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RETRY_MS,
    reconnectJitter: 100,
    pingInterval: PING_MS,
    // A stack trace for each request in advance costs a twentieth of the request.
    noAsyncTraces: true,
    // A reload of the server's configuration may refuse a credential for a moment: that must not end a service.
    ignoreAuthErrorAbort: true,
  });
