import { expect, test } from 'vitest';
import { ProtocolError } from './errors.js';
import { parseMessage, type QmpMessage } from './messages.js';

const version = { qemu: { major: 7, minor: 2, micro: 22 }, package: 'Debian' };
const timestamp = { seconds: 5, microseconds: 7 };

test.each<[string, unknown, QmpMessage]>([
  ['a greeting', { QMP: { version, capabilities: ['oob'] } }, { type: 'greeting', greeting: { version, capabilities: ['oob'] } }],
  [
    'an event',
    { event: 'RESET', data: { guest: true }, timestamp },
    { type: 'event', event: { event: 'RESET', data: { guest: true }, timestamp } },
  ],
  ['an event with no payload', { event: 'STOP', timestamp }, { type: 'event', event: { event: 'STOP', data: {}, timestamp } }],
  [
    'an event with no time',
    { event: 'STOP' },
    { type: 'event', event: { event: 'STOP', data: {}, timestamp: { seconds: 0, microseconds: 0 } } },
  ],
  ['an answer', { return: [1], id: 3 }, { type: 'return', id: 3, value: [1] }],
  ['an answer of null', { return: null, id: 3 }, { type: 'return', id: 3, value: null }],
  ['a refusal', { error: { class: 'DeviceNotFound', desc: 'no' }, id: 4 }, { type: 'error', id: 4, class: 'DeviceNotFound', desc: 'no' }],
  ['a refusal without words', { error: {}, id: 4 }, { type: 'error', id: 4, class: 'GenericError', desc: 'no description' }],
])('reads %s', (_, line, message) => expect(parseMessage(JSON.stringify(line))).toEqual(message));

test.each<[string, string]>([
  ['a line that is not JSON', 'SSH-2.0-OpenSSH'],
  ['a cut line', '{"return": '],
  ['a number', '7'],
  ['an array', '[]'],
  ['null', 'null'],
  ['an object that says nothing', '{}'],
  ['a greeting without a version', '{"QMP": {}}'],
  ['an error that is no object', '{"error": "x", "id": 1}'],
])('refuses %s', (_, line) => expect(() => parseMessage(line)).toThrow(ProtocolError));

test('quotes only the beginning of what it refuses', () =>
  expect(() => parseMessage('x'.repeat(5000))).toThrow(expect.objectContaining({ message: expect.stringMatching(/^.{1,120}$/) })));
