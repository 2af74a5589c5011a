import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { context, propagation, trace, type TextMapGetter, type TextMapSetter } from '@opentelemetry/api';
import { headerNames } from '@virtbus/contracts';
import type { Link } from './link.js';

export interface Envelope {
  /** A token, so it can stand in a header. */
  readonly id: string;
  /** The contract's subject template. */
  readonly type: string;
  readonly deadline?: Date | undefined;
  readonly causedBy?: string | undefined;
}

const setter: TextMapSetter<MsgHdrs> = { set: (into, key, value) => into.set(key, value) };
const getter: TextMapGetter<MsgHdrs | undefined> = {
  keys: (from) => from?.keys() ?? [],
  get: (from, key) => from?.get(key) || undefined,
};

/** The trace that the sender was in, put over the present context. */
export const traceOf = (from: MsgHdrs | undefined) => propagation.extract(context.active(), from, getter);

/** CloudEvents attributes as headers, and the trace that this is part of. */
export function seal(link: Link, { id, type, deadline, causedBy }: Envelope): MsgHdrs {
  const sealed = headers();
  sealed.set(headerNames.id, id);
  sealed.set(headerNames.type, type);
  sealed.set(headerNames.source, `virtbus/${link.owner}/${link.name}`);
  sealed.set(headerNames.specVersion, '1.0');
  sealed.set(headerNames.time, new Date().toISOString());
  sealed.set(headerNames.contentType, 'application/json');
  if (deadline) sealed.set(headerNames.deadline, deadline.toISOString());
  if (causedBy !== undefined) sealed.set(headerNames.commandId, causedBy);
  propagation.inject(context.active(), sealed, setter);
  return sealed;
}

/** Nothing but the trace that this is part of, if there is one: a request is sent once and kept nowhere. */
export function traceHeaders(): MsgHdrs | undefined {
  if (!trace.getSpanContext(context.active())) return undefined;
  const sealed = headers();
  propagation.inject(context.active(), sealed, setter);
  return sealed;
}

/** A header's words may not break its line. */
export const oneLine = (text: string): string => text.replaceAll(/[\r\n]+/g, ' ').trim();

/** A header, or undefined when it is absent or empty. */
export const headerOf = (from: MsgHdrs | undefined, name: string): string | undefined => from?.get(name) || undefined;

/** An instant out of a header; undefined when there is none that can be read. */
export function instantOf(from: MsgHdrs | undefined, name: string): Date | undefined {
  const text = headerOf(from, name);
  const instant = text === undefined ? undefined : new Date(text);
  return instant && !Number.isNaN(instant.getTime()) ? instant : undefined;
}
