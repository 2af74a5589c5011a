import { context, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { addAttributes, attributeNames, enablePropagation, parseTraceparent, withSpan } from './index.js';

const exporter = new InMemorySpanExporter();
enablePropagation();
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
beforeEach(() => exporter.reset());
afterAll(() => trace.disable());

class Refused extends Error {
  readonly code = 'no_domain';
}

test('a span holds what was said of it, before and meanwhile', async () => {
  const answer = await withSpan('place', { hostId: 'a', epoch: 3 }, async () => {
    addAttributes({ reason: 'only one' });
    return 7;
  });
  expect(answer).toBe(7);
  const [span] = exporter.getFinishedSpans();
  expect(span?.name).toBe('place');
  expect(span?.attributes).toEqual({ 'virtbus.host.id': 'a', 'virtbus.placement.epoch': 3, 'virtbus.reason': 'only one' });
  expect(span?.status.code).toBe(SpanStatusCode.UNSET);
});

test.each<[string, unknown, string]>([
  ['the code of what has one', new Refused('no'), 'no_domain'],
  ['the class of what has none', new TypeError('no'), 'TypeError'],
])('a failure is thrown on, and error.type is %s', async (_, thrown, type) => {
  await expect(withSpan('place', {}, () => Promise.reject(thrown as Error))).rejects.toBe(thrown);
  const [span] = exporter.getFinishedSpans();
  expect(span?.attributes['error.type']).toBe(type);
  expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'no' });
});

test('a span inside a span is its child, over any await', async () => {
  await withSpan('outer', {}, async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await withSpan('inner', {}, async () => undefined);
  });
  const [inner, outer] = exporter.getFinishedSpans();
  expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
});

test('a span goes on with the trace that came in', async () => {
  const parent = parseTraceparent('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01')!;
  await context.with(trace.setSpanContext(ROOT_CONTEXT, parent), () => withSpan('in', {}, async () => undefined));
  expect(exporter.getFinishedSpans()[0]?.spanContext().traceId).toBe(parent.traceId);
});

test('no name stands for two attributes', () => {
  expect(new Set(Object.values(attributeNames)).size).toBe(Object.keys(attributeNames).length);
});
