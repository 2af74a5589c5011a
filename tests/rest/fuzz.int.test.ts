import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errors, isErrorCode } from '@virtbus/contracts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawn, operationsOf } from './fuzz.js';
import { networkXml, RestFleet } from './rest-fleet.js';

const document = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/generated/openapi.json'), 'utf8')) as Record<
  string,
  unknown
>;
/** A stream of events has no end; it is fuzzed by its own test. */
const operations = operationsOf(document).filter(({ path }) => path !== '/v1/events');
/** Calls of each operation. More: `VIRTBUS_FUZZ=200 npx vitest …`. */
const ROUNDS = Number(process.env['VIRTBUS_FUZZ'] ?? 12);

let fleet: RestFleet;
let operator = '';
const residentMiB = (): number => process.memoryUsage().rss / 2 ** 20;
let before = 0;
beforeAll(async () => {
  fleet = await RestFleet.start();
  operator = await fleet.token({ role: 'operator', projects: ['blue'] });
  await fleet.call('POST /v1/networks', { body: networkXml('lab') });
  before = residentMiB();
});
afterAll(() => fleet.stop());

test.each(operations.map((one) => [`${one.method} ${one.path}`, one] as const))(
  '%s answers whatever comes, and never with a fault',
  async (_, operation) => {
    const calls = fc.sample(drawn(document, operation), { numRuns: ROUNDS, seed: 20_261_127 });
    for (const [index, { line, headers, body }] of calls.entries()) {
      const wish = { headers, ...(body === undefined ? {} : { body }), ...(index % 2 === 0 ? { token: operator } : {}) };
      const { status, json, headers: answered } = await fleet.call(line, wish);
      const said = `${line} ${JSON.stringify(headers)} ${body?.slice(0, 300) ?? ''} → ${status} ${JSON.stringify(json).slice(0, 300)}`;
      expect(status, said).not.toBe(500);
      expect(status, said).toBeLessThan(504);
      if (status < 400) continue;
      expect(answered['content-type'], said).toContain('application/problem+json');
      expect(isErrorCode(String(json['code'])), said).toBe(true);
      expect(json['code'] === 'internal', said).toBe(false);
      expect(errors[json['code'] as keyof typeof errors].status, said).toBe(status);
    }
  },
);

test('nothing of it stays in memory', () => expect(residentMiB() - before).toBeLessThan(200));

test('the others are served as before', async () => expect((await fleet.call('GET /v1/networks/lab')).status).toBe(200));
