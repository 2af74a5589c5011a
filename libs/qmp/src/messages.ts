import { ProtocolError } from './errors.js';
import type { QmpEvent } from './events.js';
import type { QemuVersionAnswer } from './commands.js';

export interface Greeting {
  readonly version: QemuVersionAnswer;
  readonly capabilities: readonly string[];
}

/** What QEMU says, told apart. `id` is ours, given back. */
export type QmpMessage =
  | { readonly type: 'greeting'; readonly greeting: Greeting }
  | { readonly type: 'event'; readonly event: QmpEvent }
  | { readonly type: 'return'; readonly id: unknown; readonly value: unknown }
  | { readonly type: 'error'; readonly id: unknown; readonly class: string; readonly desc: string };

const WHEN_UNSAID = { seconds: 0, microseconds: 0 };

/**
 * One line of QMP (docs/interop/qmp-spec.txt in QEMU's tree).
 * @throws ProtocolError when it is none
 */
export function parseMessage(line: string): QmpMessage {
  const message = parseObject(line);
  if (isGreeting(message['QMP'])) return { type: 'greeting', greeting: message['QMP'] };
  if (typeof message['event'] === 'string') return { type: 'event', event: eventOf(message['event'], message) };
  if ('return' in message) return { type: 'return', id: message['id'], value: message['return'] };
  if (isRecord(message['error'])) return { type: 'error', id: message['id'], ...errorOf(message['error']) };
  throw unexpected(line);
}

function parseObject(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw unexpected(line, { cause });
  }
  if (!isRecord(value)) throw unexpected(line);
  return value;
}

function eventOf(event: string, message: Record<string, unknown>): QmpEvent {
  const { data: payload, timestamp } = message;
  return { event, data: isRecord(payload) ? payload : {}, timestamp: isTimestamp(timestamp) ? timestamp : WHEN_UNSAID };
}

function errorOf(error: Record<string, unknown>): { class: string; desc: string } {
  const { class: errorClass, desc } = error;
  return { class: typeof errorClass === 'string' ? errorClass : 'GenericError', desc: typeof desc === 'string' ? desc : 'no description' };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isGreeting(value: unknown): value is Greeting {
  return isRecord(value) && isRecord(value['version']) && isRecord(value['version']['qemu']) && Array.isArray(value['capabilities']);
}

function isTimestamp(value: unknown): value is QmpEvent['timestamp'] {
  return isRecord(value) && typeof value['seconds'] === 'number' && typeof value['microseconds'] === 'number';
}

function unexpected(line: string, options?: ErrorOptions): ProtocolError {
  return new ProtocolError(`not a QMP message: ${JSON.stringify(line.slice(0, 80))}`, options);
}
