import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as contracts from '@virtbus/contracts';
import { startCollector, type Collector } from '@virtbus/testing';
import { guestXml, labXml, nic } from './guest-definitions.js';
import { TestFleet } from './test-fleet.js';

let collector: Collector;
let fleet: TestFleet;

beforeAll(async () => {
  collector = await startCollector();
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector.url;
  fleet = await TestFleet.start({ separate: true });
}, 120_000);
afterAll(async () => {
  delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  await fleet?.stop();
  await collector?.stop();
});

/** One message with a trace context of the sender's own, and nothing else: no library of ours, no SDK. */
function publish(url: string, subject: string, traceparent: string, body: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const headers = `NATS/1.0\r\ntraceparent: ${traceparent}\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname).setEncoding('utf8').once('error', reject);
    socket.write('CONNECT {"verbose":false,"headers":true}\r\n');
    socket.write(`HPUB ${subject} ${headers.length} ${headers.length + Buffer.byteLength(body)}\r\n${headers}${body}\r\nPING\r\n`);
    socket.on('data', (answer: string) => answer.includes('PONG') && socket.end(() => resolve()));
  });
}

test("one trace follows a start from the sender's traceparent through every service to QEMU", async () => {
  const { bus } = fleet;
  await bus.run(contracts.defineNetwork, { xml: labXml });
  await bus.run(contracts.startNetwork, { network: 'lab' });
  const xml = guestXml({ name: 'traced', interfaces: nic('52:54:00:00:0c:01') });
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const senderSpan = 'b7ad6b7169203331';
  await publish(fleet.fleet.url, 'virtbus.v1.cmd.domain.create', `00-${traceId}-${senderSpan}-01`, JSON.stringify({ xml }));
  const spans = await vi.waitFor(
    () => {
      const mine = collector.spans.filter((span) => span.traceId === traceId);
      expect(new Set(mine.map((span) => span.service))).toEqual(new Set(['scheduler', 'netd', 'host-agent', 'api']));
      expect(mine.map((span) => span.name)).toEqual(expect.arrayContaining(['qemu.launch', 'qemu.cont', 'tap.plug', 'port.allocate']));
      return mine;
    },
    { timeout: 20_000, interval: 200 },
  );
  const known = new Set([senderSpan, ...spans.map((span) => span.spanId)]);
  expect(spans.filter((span) => !known.has(span.parentSpanId)).map((span) => span.name)).toEqual([]);
  await bus.run(contracts.destroyDomain, { domain: 'traced' });
}, 60_000);
