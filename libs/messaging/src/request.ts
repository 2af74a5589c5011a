import { errors, type Msg } from '@nats-io/transport-node';
import { SpanKind } from '@opentelemetry/api';
import { decode, encode, headerNames, Refusal, subjectOf, type ErrorBody, type RequestContract } from '@virtbus/contracts';
import { inSpan } from '@virtbus/telemetry';
import { headerOf, traceHeaders } from './envelope.js';
import type { Link } from './link.js';
import { mustFit } from './must-fit.js';
import type { PayloadOf, ReplyOf, Tokens } from './names.js';
import { spanOf } from './spans.js';
import { sleep } from './wait.js';

export interface RequestOptions {
  /** Default 5000. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 5_000;
/** A service that restarts is back within this; until then nobody has seen the request, so asking again is safe. */
const NOBODY_MS = 1_000;
const ASK_AGAIN_MS = 25;

/** @throws Refusal the owner's own; host_unreachable or service_unreachable when nobody answers. */
export function request<C extends RequestContract>(
  link: Link,
  contract: C,
  payload: PayloadOf<C>,
  options: RequestOptions & { readonly tokens?: Tokens },
): Promise<ReplyOf<C>> {
  const subject = subjectOf(contract, options.tokens ?? {});
  const bytes = encode(payload);
  const span = spanOf('request', contract, subject, { messagingBodySize: bytes.length });
  const work = async (): Promise<ReplyOf<C>> => replyOf(contract, await ask(link, contract, { subject, bytes, ...options }));
  return inSpan(span.name, span.attributes, work, { kind: SpanKind.CLIENT });
}

interface Question extends RequestOptions {
  readonly subject: string;
  readonly bytes: Uint8Array;
}

async function ask(link: Link, contract: RequestContract, { subject, bytes, timeoutMs = TIMEOUT_MS }: Question): Promise<Msg> {
  mustFit(link, subject, bytes);
  const headers = traceHeaders();
  const begun = performance.now();
  const nobodyUntil = begun + Math.min(NOBODY_MS, timeoutMs);
  for (;;) {
    try {
      const timeout = Math.max(1, timeoutMs - (performance.now() - begun));
      return await link.nc.request(subject, bytes, headers ? { headers, timeout } : { timeout });
    } catch (cause) {
      const nobody = cause instanceof errors.RequestError && cause.isNoResponders();
      if (!nobody || performance.now() >= nobodyUntil) throw unanswered(contract, subject, nobody, cause);
    }
    await sleep(ASK_AGAIN_MS);
  }
}

function unanswered(contract: RequestContract, subject: string, nobody: boolean, cause: unknown): Refusal {
  const why = nobody ? `no ${contract.owner} listens` : 'no answer came in time';
  const next = `see that ${contract.owner} runs and is connected, then ask again`;
  return new Refusal(contract.owner === 'host-agent' ? 'host_unreachable' : 'service_unreachable', `${subject}: ${why}; ${next}`, {
    cause,
  });
}

function replyOf<C extends RequestContract>(contract: C, { data, headers }: Msg): ReplyOf<C> {
  if (headerOf(headers, headerNames.errorCode) !== undefined) throw Refusal.fromBody(bodyOf(data));
  const words = headerOf(headers, headerNames.serviceError);
  if (words !== undefined) throw new Refusal('internal', words);
  return decode(contract.reply, data) as ReplyOf<C>;
}

/** Only ever built by the bus library of the other side; what does not fit is answered for by `fromBody`. */
const bodyOf = (bytes: Uint8Array): Partial<ErrorBody> => JSON.parse(new TextDecoder().decode(bytes)) as Partial<ErrorBody>;
