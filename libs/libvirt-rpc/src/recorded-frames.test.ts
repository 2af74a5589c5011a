import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { eventProcedures, qemuProcedures, remoteProcedures, type Procedure } from './tables/index.js';
import { remoteError } from './tables/values-table.js';
import { frameOf, parseFrame, rawFrameOf, type Frame } from './wire/frame.js';
import { messageType, programs, status } from './wire/numbers.js';
import { XdrReader, type Codec } from './xdr/index.js';

const text = readFileSync(new URL('../fixtures/libvirt-9.0-frames.txt', import.meta.url), 'utf8');
const recorded = text.split('\n').filter((line) => /^[<>] /.test(line));

const calls = new Map<string, Procedure>([
  ...Object.values(remoteProcedures).map((of) => [`${programs.remote}.${of.number}`, of] as const),
  ...Object.values(qemuProcedures).flatMap((of) => (of.kind === 'call' ? [[`${programs.qemu}.${of.number}`, of] as const] : [])),
]);
const messages = new Map<string, Codec<unknown>>(
  Object.values(eventProcedures).map((of) => [`${programs.remote}.${of.number}`, of.message]),
);

/** `undefined` for frames whose payload is bytes. */
function codecOf({ program, procedure, type, status: state }: Frame): Codec<unknown> | undefined {
  const key = `${program}.${procedure}`;
  if (state === status.error) return remoteError;
  if (type === messageType.event) return messages.get(key);
  return type === messageType.call ? calls.get(key)?.args : calls.get(key)?.reply;
}

const kindOf = ({ program, procedure, type }: Frame): string =>
  program === programs.keepalive ? 'keepalive' : type === messageType.stream ? 'stream' : `${type}.${program}.${procedure}`;

test('every recorded frame is read by the table and written again byte for byte', () => {
  const kinds = new Set<string>();
  for (const line of recorded) {
    const bytes = Buffer.from(line.slice(2), 'hex');
    const frame = parseFrame(bytes.subarray(4));
    const kind = kindOf(frame);
    kinds.add(kind);
    if (kind === 'keepalive' || kind === 'stream') {
      expect(rawFrameOf(frame, frame.payload).equals(bytes), kind).toBe(true);
      continue;
    }
    const codec = codecOf(frame);
    if (!codec) throw new Error(`the table has no ${kind}`);
    const from = new XdrReader(frame.payload);
    const value = codec.read(from);
    expect([from.remaining, frameOf(frame, codec, value).equals(bytes)], kind).toEqual([0, true]);
  }
  expect(kinds.size).toBeGreaterThan(200);
});

test('numbers of procedures and events are libvirt 11.7’s, without a gap', () => {
  const numbers = [...Object.values(remoteProcedures), ...Object.values(eventProcedures)].map((of) => of.number);
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 453 }, (_, index) => index + 1));
});

// A list of what 415 commands of libvirt's clients call, when the workspace lies beside it.
const traces = new URL('../../../../shared/libvirt-rpc-traces.txt', import.meta.url);

test.skipIf(!existsSync(traces))('the table has every procedure that libvirt’s own clients were seen to call', () => {
  const names = readFileSync(traces, 'utf8').matchAll(/[ >](?:qemu:)?([a-z]+(?:_[a-z0-9]+)+)(?=[[×,!\s]|$)/gm);
  const known = new Set([...Object.keys(remoteProcedures), ...Object.keys(qemuProcedures)]);
  const seen = new Set([...names].flatMap(([, name]) => name ?? []));
  expect(
    [...seen].filter((name) => !known.has(name) && /^(?:connect|node|domain|network|storage|secret|nwfilter|interface)_/.test(name)),
  ).toEqual([]);
  expect(seen.size).toBeGreaterThan(150);
});
