import { SpanKind, SpanStatusCode, trace, type Context, context, type Span } from '@opentelemetry/api';
import { wireAttributes } from './attributes.js';
import type { Attributes } from './names-table.js';

const TRACER = 'virtbus';

/** What `error.type` says of a failure: its code where it has one, else its class. */
export function errorType(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown;
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.name;
}

export function failSpan(span: Span, thrown: unknown): void {
  span.setAttributes(wireAttributes({ errorType: errorType(thrown) }));
  span.setStatus({ code: SpanStatusCode.ERROR, message: thrown instanceof Error ? thrown.message : String(thrown) });
}

interface SpanOptions {
  readonly kind?: SpanKind;
  readonly parent?: Context;
}

/**
 * Runs `work` inside a span of the given kind, which ends with it and holds its failure. Where nothing is recorded there is no
 * span, but what `work` sends is still part of the parent's trace.
 */
export async function inSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>, options: SpanOptions = {}): Promise<T> {
  const { kind = SpanKind.INTERNAL, parent = context.active() } = options;
  const span = trace.getTracer(TRACER).startSpan(name, { kind, attributes: wireAttributes(attributes) }, parent);
  if (!span.isRecording()) return parent === context.active() ? work() : context.with(parent, work);
  try {
    return await context.with(trace.setSpan(parent, span), work);
  } catch (thrown) {
    failSpan(span, thrown);
    throw thrown;
  } finally {
    span.end();
  }
}

/** Runs `work` inside a span: a step that is worth seeing by itself in a trace. */
export const withSpan = <T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> => inSpan(name, attributes, work);

/** Says more about the step that runs now. */
export const addAttributes = (attributes: Attributes): void => {
  trace.getActiveSpan()?.setAttributes(wireAttributes(attributes));
};
