import { startCollector } from '@virtbus/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { FleetStarts } from './fleet-starts.ts';

const STARTS = 10;
const EXPORTED_AFTER_MS = 1_500;

/** Where the time goes: the spans of some starts, by name, in the order in which they begin. Recording them costs a little time itself. */
export async function printSteps(nics: number): Promise<void> {
  const collector = await startCollector();
  const fleet = await FleetStarts.open(nics, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  try {
    await fleet.once();
    const before = Date.now();
    for (let start = 0; start < STARTS; start += 1) await fleet.once();
    await sleep(EXPORTED_AFTER_MS);
    const spans = collector.spans.filter((span) => span.startMs >= before);
    const roots = spans.filter((span) => span.name.endsWith('host.{hostId}.cmd.domain.start') && span.name.startsWith('process'));
    const traces = new Set(roots.map((span) => span.traceId));
    const begin = new Map([...traces].map((id) => [id, Math.min(...spans.filter((s) => s.traceId === id).map((s) => s.startMs))]));
    const byName = Map.groupBy(
      spans.filter((span) => traces.has(span.traceId)),
      (span) => span.name,
    );
    const rows = [...byName].map(([name, all]) => ({
      name,
      at: median(all.map((span) => span.startMs - (begin.get(span.traceId) ?? 0))),
      took: median(all.map((span) => span.durationMs)),
    }));
    console.log(`\nwhere the time goes (median of ${STARTS}, traced)\n${'begins'.padStart(9)} ${'takes'.padStart(9)}`);
    for (const { name, at, took } of rows.toSorted((a, b) => a.at - b.at)) {
      console.log(`${at.toFixed(2).padStart(6)} ms ${took.toFixed(2).padStart(6)} ms  ${name}`);
    }
  } finally {
    await fleet.close();
    await collector.stop();
  }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
