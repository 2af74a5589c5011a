/**
 * W3C Trace Context over any carrier. The context is kept per asynchronous call chain, so a trace that comes in goes out
 * again unchanged even when no SDK records spans here.
 */
import {
  context,
  createTraceState,
  isSpanContextValid,
  propagation,
  trace,
  type Context,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';

const TRACEPARENT = 'traceparent';
const TRACESTATE = 'tracestate';
/** W3C Trace Context, "traceparent header": version ff is invalid, and only version 00 ends after the flags. */
const SHAPE = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The span that a header names, or undefined when the header is none. */
export function parseTraceparent(text: string): SpanContext | undefined {
  const [, version, traceId = '', spanId = '', flags = '', rest] = SHAPE.exec(text.trim()) ?? [];
  if (version === undefined || (version === '00' && rest !== undefined)) return undefined;
  const parsed = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(parsed) ? parsed : undefined;
}

export const formatTraceparent = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, '0')}`;

/** `@opentelemetry/core` has such a propagator too, at 9 MB of memory: a host-agent has none to spare. */
class TraceContextPropagator implements TextMapPropagator {
  inject<Carrier>(from: Context, carrier: Carrier, setter: TextMapSetter<Carrier>): void {
    const span = trace.getSpanContext(from);
    if (!span || !isSpanContextValid(span)) return;
    setter.set(carrier, TRACEPARENT, formatTraceparent(span));
    if (span.traceState) setter.set(carrier, TRACESTATE, span.traceState.serialize());
  }

  extract<Carrier>(into: Context, carrier: Carrier, getter: TextMapGetter<Carrier>): Context {
    const span = parseTraceparent(String(getter.get(carrier, TRACEPARENT) ?? ''));
    if (!span) return into;
    const state = String(getter.get(carrier, TRACESTATE) ?? '');
    return trace.setSpanContext(into, state === '' ? span : { ...span, traceState: createTraceState(state) });
  }

  fields(): string[] {
    return [TRACEPARENT, TRACESTATE];
  }
}

let enabled = false;

/** Lets traces pass through this process. Harmless when repeated, or when someone else has set propagation up before. */
export function enablePropagation(): void {
  if (enabled) return;
  enabled = true;
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new TraceContextPropagator());
}
