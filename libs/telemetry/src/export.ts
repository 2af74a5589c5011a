import { trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Telemetry, TelemetryOptions } from './start.js';

/** A service that stops does not wait longer than this for a backend that is away. */
const SHUTDOWN_MS = 2_000;
const EXPORT_EVERY_MS = 1_000;

/** Endpoint, headers, time-out and compression come from the `OTEL_EXPORTER_OTLP_*` variables, which the exporter reads itself. */
export function startExport({ service, version }: TelemetryOptions): Telemetry {
  const named = resourceFromAttributes({ 'service.name': service, 'service.namespace': 'virtbus', 'service.version': version });
  const resource = defaultResource()
    .merge(named)
    .merge(detectResources({ detectors: [envDetector] }));
  const processor = new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), scheduledDelayMillis: EXPORT_EVERY_MS });
  const provider = new TracerProvider({ resource, spanProcessors: [processor] });
  trace.setGlobalTracerProvider(provider);
  return { exporting: true, shutdown: () => shutDown(provider) };
}

async function shutDown(provider: TracerProvider): Promise<void> {
  const given = new Promise<void>((resolve) => setTimeout(resolve, SHUTDOWN_MS).unref());
  await Promise.race([provider.shutdown().catch(() => undefined), given]);
  trace.disable();
}
