/**
 * Changes that were asked for by the contracts' own subjects. No gateway saw them, and a message of NATS does not say whose it is: they are
 * told when they have ended, so that the audits lack no change, and name nobody.
 */
import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { Bus, Handle } from '@virtbus/messaging';
import { callable } from './callable.js';

/** Who is named where no one is known. */
export const SOMEBODY = { who: 'nats', role: 'unknown' } as const;

/** What was called for something to end so; undefined for what a service asked of another on the way. */
export function callThatEnded(subject: string): string | undefined {
  const call = subject.replace(/^virtbus\.v1\.host\.[^.]+\./, 'virtbus.v1.');
  const contract = callable.get(call);
  if (contract?.kind !== 'command') return undefined;
  // The api service asks a host for a part of its own change, the scheduler hands the change on.
  return call === subject || contract.owner === 'scheduler' ? call : undefined;
}

/** `a.live` is a part of `a`. */
export function idsAbove(commandId: string): string[] {
  const parts = commandId.split('.');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('.'));
}

@Controller()
export class PlainSenders {
  constructor(@Inject(Bus) private readonly bus: Pick<Bus, 'lastEvent' | 'publish'>) {}

  @Handle(contracts.operationFinished, { durable: 'api-audits' })
  async tell({ commandId, command, at, result }: contracts.Outcome): Promise<void> {
    const call = callThatEnded(command);
    if (call === undefined || (await this.isTold(commandId))) return;
    const record = { commandId, ...SOMEBODY, via: 'message', call, ...objectOf(result), allowed: true, at } as const;
    await this.bus.publish(contracts.writeAsked, record, { tokens: { commandId }, id: `${commandId}.asked`, causedBy: commandId });
  }

  /** By a gateway, of the change itself or of the one that it is a part of. */
  private async isTold(commandId: string): Promise<boolean> {
    for (const id of idsAbove(commandId)) {
      const told = await this.bus.lastEvent(contracts.writeAsked, { commandId: id });
      if (told && told.who !== SOMEBODY.who) return true;
    }
    return false;
  }
}

const objectOf = (result: object | undefined): { readonly object?: string } =>
  result && 'uuid' in result && typeof result.uuid === 'string' ? { object: result.uuid } : {};
