import { errors as faults, operationFinished, Refusal, streams, subjectOf, type ErrorBody, type Outcome } from '@virtbus/contracts';
import type { Link } from './link.js';
import { publishEvent } from './send.js';
import { lastOf } from './store.js';

export const outcomeSubject = (commandId: string): string => subjectOf(operationFinished, { commandId });

/** The outcome that the events stream holds for a command, as bytes; undefined while there is none. */
export async function keptOutcome(link: Link, commandId: string): Promise<Uint8Array | undefined> {
  return (await lastOf(link, streams.events.name, outcomeSubject(commandId)))?.data;
}

export interface Settled {
  readonly commandId: string;
  /** The command's subject. */
  readonly command: string;
}

/** What came of a command: its reply, or why there is none. */
export type Result = { readonly ok: true; readonly reply: object } | { readonly ok: false; readonly refusal: Refusal };

/** Publishes the one outcome of a command: a second one with the same command id is not kept. */
export async function publishOutcome(link: Link, { commandId, command }: Settled, result: Result): Promise<void> {
  const ended = { commandId, command, ok: result.ok, at: new Date().toISOString() };
  const outcome: Outcome = result.ok ? { ...ended, result: result.reply } : { ...ended, error: errorOf(result.refusal) };
  await publishEvent(link, operationFinished, outcome, { tokens: { commandId }, id: `${commandId}.outcome`, causedBy: commandId });
}

const errorOf = (refusal: Refusal): ErrorBody & { readonly fault: (typeof faults)[ErrorBody['code']]['fault'] } => ({
  ...refusal.toBody(),
  fault: faults[refusal.code].fault,
});
