import type { FastifyReply } from 'fastify';
import { errors, Refusal, refusalFrom, type ErrorCode } from '@virtbus/contracts';
import { RateLimited } from '../access/index.js';
import type { Answer } from './call.js';
import { problemOf } from './core/problem.js';

/** Sends what came of a call. */
export async function send(reply: FastifyReply, answer: Answer | Promise<Answer>): Promise<void> {
  const { status, headers = {}, body } = await answer;
  const type = typeof body === 'string' ? 'application/xml; charset=utf-8' : 'application/json; charset=utf-8';
  // Who may see it hangs on the credential.
  reply.status(status).headers({ 'content-type': type, vary: 'authorization, accept', 'cache-control': 'no-store', ...headers });
  const asItIs = typeof body === 'string' || body instanceof Uint8Array;
  await reply.send(status === 304 ? undefined : asItIs ? body : JSON.stringify(body ?? {}));
}

export function sendProblem(reply: FastifyReply, thrown: unknown, instance: string): void {
  const refusal = asRefusal(thrown);
  const { status } = errors[refusal.code];
  const headers: Record<string, string> = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' };
  if (status === 401) headers['www-authenticate'] = 'Bearer realm="virtbus"';
  if (thrown instanceof RateLimited) headers['retry-after'] = String(thrown.retryAfterSeconds);
  // A body that was not read to its end makes the connection useless.
  if (status === 413 || status === 401) headers['connection'] = 'close';
  void reply
    .status(status)
    .headers(headers)
    .send(JSON.stringify(problemOf(refusal.toBody(), instance)));
}

/** Faults that HTTP's own machinery finds, by their status. */
const byStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'payload_invalid',
  404: 'no_resource',
  405: 'method_unsupported',
  408: 'deadline_passed',
  413: 'payload_too_large',
  414: 'payload_too_large',
  415: 'media_type_unsupported',
};

interface HttpFault {
  readonly statusCode?: unknown;
  readonly status?: unknown;
  readonly message: string;
}

export const isBug = (thrown: unknown): boolean => asRefusal(thrown).code === 'internal' && !(thrown instanceof Refusal);

function asRefusal(thrown: unknown): Refusal {
  if (thrown instanceof Refusal || !(thrown instanceof Error)) return refusalFrom(thrown);
  const { statusCode, status, message }: HttpFault = thrown;
  const number = [statusCode, status].find((one) => typeof one === 'number');
  const code = typeof number === 'number' ? byStatus[number] : undefined;
  return code ? new Refusal(code, message, { cause: thrown }) : refusalFrom(thrown);
}
