import { trace } from '@opentelemetry/api';
import { enablePropagation } from './propagation.js';

export interface RecordedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface SpanRecorder {
  /** Those that have ended, in the order in which they did. */
  spans(): readonly RecordedSpan[];
  stop(): void;
}

/** Keeps every span of the process in memory instead of exporting it: for tests of what is traced. */
export async function recordSpans(): Promise<SpanRecorder> {
  const { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } = await import('@opentelemetry/sdk-trace');
  const exporter = new InMemorySpanExporter();
  enablePropagation();
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  return {
    spans: () =>
      exporter.getFinishedSpans().map((span) => ({
        name: span.name,
        ...span.spanContext(),
        parentSpanId: span.parentSpanContext?.spanId,
        attributes: span.attributes,
      })),
    stop: () => trace.disable(),
  };
}
