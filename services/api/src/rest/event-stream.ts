import type { FastifyReply } from 'fastify';
import { Refusal } from '@virtbus/contracts';
import type { BusEvent, From } from '@virtbus/messaging';
import type { RestCall } from './call.js';
import { listIn, textIn } from './core/query.js';
import type { EventFeed, Following } from './event-feed.js';
import type { FleetMemory } from '../fleet.memory.js';
import { Sight } from '../sight.js';
import type { Streams } from './streams.js';

/** A line that says nothing keeps proxies from closing the connection. */
const ALIVE_MS = 15_000;
/** A listener that is further behind than this is let go; it comes back and asks for the rest. Bytes. */
const MAX_BEHIND = 1024 * 1024;

export interface EventStreamParts {
  readonly feed: EventFeed;
  readonly memory: FleetMemory;
  readonly streams: Streams;
}

/** Server-sent events until the caller goes away. @throws Refusal payload_invalid, no_domain, rate_limited */
export async function followEvents(call: RestCall, reply: FastifyReply, { feed, memory, streams }: EventStreamParts): Promise<void> {
  const from = fromOf(call);
  const wanted = { kinds: listIn(call.query, 'kinds'), domain: domainOf(call, memory) };
  const leave = streams.enter(call.caller, call.limits);
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  raw.write('retry: 1000\n\n');
  const alive = setInterval(() => raw.write(': alive\n\n'), ALIVE_MS);
  const tell = (event: BusEvent): void => {
    if (!feed.concerns(call.caller, wanted, event)) return;
    raw.write(messageOf(event));
    if (raw.writableLength > MAX_BEHIND) raw.destroy();
  };
  let following: Following | undefined;
  try {
    following = await feed.follow(from, tell);
    // From here on nothing is missed: whoever is cut before the first event asks for what comes after this one.
    raw.write(`: ready\nid: ${following.position}\n\n`);
    await ended(call.gone);
  } finally {
    clearInterval(alive);
    leave();
    await following?.close();
    raw.end();
  }
}

const ended = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** The name of the event is what its subject says of it: `domain.started`. */
function messageOf({ subject, sequence, payload, time, commandId }: BusEvent): string {
  const [, , , kind = '', id = '', what = ''] = subject.split('.');
  const data = { kind, id, what, time: time.toISOString(), ...(commandId === undefined ? {} : { operation: commandId }), payload };
  return `id: ${sequence}\nevent: ${kind}.${what}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** @throws Refusal payload_invalid */
function fromOf(call: RestCall): From {
  const last = call.header('last-event-id');
  if (last !== undefined && last !== '') {
    if (!/^\d{1,15}$/.test(last))
      throw new Refusal('payload_invalid', 'Last-Event-ID must be the id of an event', { path: 'Last-Event-ID' });
    return Number(last) + 1;
  }
  const from = textIn(call.query, 'from');
  if (from === undefined) return 'new';
  if (from === 'start') return 1;
  if (/^\d{1,15}$/.test(from)) return Math.max(1, Number(from));
  const instant = new Date(from);
  if (Number.isNaN(instant.getTime()))
    throw new Refusal('payload_invalid', 'from must be "start", a sequence or an instant', { path: 'from' });
  return instant;
}

/** A domain that is not known is listened for all the same when it is named by its UUID. @throws Refusal no_domain */
function domainOf({ query, caller }: RestCall, memory: FleetMemory): string | undefined {
  const reference = textIn(query, 'domain');
  if (reference === undefined) return undefined;
  const known = memory.domain(reference.toLowerCase()) ?? memory.domainNamed(reference);
  if (known && new Sight(caller, memory).has('domain', known.record.uuid)) return known.record.uuid;
  if (/^[0-9a-f-]{36}$/i.test(reference)) return reference.toLowerCase();
  throw new Refusal('no_domain', `Domain not found: no domain with matching name '${reference}'`);
}
