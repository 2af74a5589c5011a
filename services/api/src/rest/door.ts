/** What stands before every route: who calls, may it, how much may it send. Only then is a body read. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Refusal } from '@virtbus/contracts';
import type { Credential, Caller, Limits } from '../access/index.js';
import { localRoot, nobody } from '../access/index.js';
import { letIn } from './call.js';
import { tellRefused, type Telling } from './refused.js';
import { pathParameters, type RouteRow } from './route.js';
import { isLocal } from './http-servers.js';

/** What a route of ours has in its configuration. */
export interface RouteConfiguration {
  readonly row?: RouteRow;
}

const SMALL = 1024;
/** Nobody who has no credential sends anything. */
const open: Limits = { calls: { perSecond: 1, burst: 1 }, writes: { perSecond: 1, burst: 1 }, bodyBytes: 0, streams: 0 };

const limitsOf = new WeakMap<FastifyRequest, Limits>();

export function standBefore(server: FastifyInstance, telling: Telling): void {
  server.addHook('onRequest', async (request, reply) => {
    const { row } = request.routeOptions.config as RouteConfiguration;
    if (!row) return;
    const { caller, limits } = await admitted(request, row, telling);
    limitsOf.set(request, limits);
    const declared = Number(request.headers['content-length'] ?? 0);
    if (declared > limits.bodyBytes) throw tooLarge(limits.bodyBytes);
    letIn(request, reply, { caller, row, limits });
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage) =>
    readAll(payload, limitsOf.get(request)?.bodyBytes ?? SMALL),
  );
}

async function admitted(
  request: FastifyRequest,
  row: RouteRow,
  telling: Telling,
): Promise<{ readonly caller: Caller; readonly limits: Limits }> {
  const { gate } = telling;
  const local = isLocal(request.raw);
  const from = local ? undefined : request.ip;
  const via = 'rest';
  // Nobody is asked: what is shown to all is no more than a version.
  if (!row.call)
    return { caller: { identity: { ...localRoot, name: 'anyone', role: 'viewer', projects: [], grants: [] }, via, from }, limits: open };
  const credential = credentialOf(request, local);
  const identity = await gate.identify(credential, from).catch(async (thrown: unknown) => {
    // Who shows nothing at all is no more than a stranger; whoever shows something that is refused is slowed down, and so is this.
    if (credential.type === 'bearer') await tellRefused(telling, { caller: { identity: nobody, via, from }, row }, thrown);
    throw thrown;
  });
  const caller: Caller = { identity, via, from };
  try {
    return { caller, limits: gate.admit(caller, row.call) };
  } catch (thrown) {
    await tellRefused(telling, { caller, row, object: objectIn(request, row) }, thrown);
    throw thrown;
  }
}

function objectIn({ params }: FastifyRequest, row: RouteRow): string | undefined {
  const [of = ''] = pathParameters(row);
  return (params as Readonly<Record<string, string | undefined>>)[of];
}

/** On the local socket a credential may be shown all the same: then it counts. */
function credentialOf({ headers: { authorization } }: FastifyRequest, local: boolean): Credential {
  if (authorization === undefined) return { type: local ? 'local' : 'none' };
  const text = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  return text === undefined ? { type: 'none' } : { type: 'bearer', text };
}

const tooLarge = (limit: number): Refusal =>
  new Refusal('payload_too_large', `the body is over the limit of ${limit} bytes for this credential`);

/** @throws Refusal payload_too_large; payload_invalid when the caller hangs up before the end */
async function readAll(payload: IncomingMessage, limit: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of payload as AsyncIterable<Buffer>) {
      length += part.length;
      if (length > limit) throw tooLarge(limit);
      parts.push(part);
    }
  } catch (thrown) {
    if (payload.errored && !(thrown instanceof Refusal))
      throw new Refusal('payload_invalid', 'the body ended before its end', { cause: thrown });
    throw thrown;
  }
  return Buffer.concat(parts);
}
