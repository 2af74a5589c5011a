import { trace } from '@opentelemetry/api';
import { createServer, type Server } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { startTelemetry, withSpan } from './index.js';

interface Export {
  readonly resourceSpans: {
    readonly resource: { readonly attributes: { readonly key: string; readonly value: { readonly stringValue?: string } }[] };
    readonly scopeSpans: { readonly spans: { readonly name: string }[] }[];
  }[];
}

let collector: Server | undefined;
afterEach(async () => {
  for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) delete process.env[name];
  await new Promise((resolve) => (collector ? collector.close(resolve) : resolve(undefined)));
  collector = undefined;
  trace.disable();
});

/** Listens as a collector of OpenTelemetry would, and keeps what comes. */
function startCollector(): Promise<{ url: string; received: Export[] }> {
  const received: Export[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      received.push(JSON.parse(Buffer.concat(pieces).toString()) as Export);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  collector = server;
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({ url: `http://127.0.0.1:${typeof address === 'object' ? address!.port : 0}`, received });
    });
  });
}

const valueOf = (name: string, { resourceSpans }: Export): string | undefined =>
  resourceSpans[0]?.resource.attributes.find(({ key }) => key === name)?.value.stringValue;

test('without an endpoint nothing is exported, and work goes on', async () => {
  const telemetry = await startTelemetry({ service: 'api', version: '1' });
  expect(telemetry.exporting).toBe(false);
  expect(await withSpan('x', {}, async () => 1)).toBe(1);
  await telemetry.shutdown();
});

test('spans reach the endpoint by the time that shutdown returns, under the names of the standard variables', async () => {
  const { url, received } = await startCollector();
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = url;
  process.env['OTEL_SERVICE_NAME'] = 'renamed';
  process.env['OTEL_RESOURCE_ATTRIBUTES'] = 'deployment.environment.name=lab';
  const telemetry = await startTelemetry({ service: 'api', version: '1.2' });
  expect(telemetry.exporting).toBe(true);
  await withSpan('place', {}, async () => undefined);
  await telemetry.shutdown();
  const [sent] = received;
  expect(sent?.resourceSpans[0]?.scopeSpans[0]?.spans.map(({ name }) => name)).toEqual(['place']);
  expect(valueOf('service.name', sent!)).toBe('renamed');
  expect(valueOf('service.version', sent!)).toBe('1.2');
  expect(valueOf('deployment.environment.name', sent!)).toBe('lab');
});

test('an endpoint that is away delays the shutdown by two seconds at most, and fails nothing', async () => {
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = 'http://127.0.0.1:9';
  const telemetry = await startTelemetry({ service: 'api', version: '1' });
  await withSpan('place', {}, async () => undefined);
  const begun = performance.now();
  await telemetry.shutdown();
  expect(performance.now() - begun).toBeLessThan(3_000);
});
