import { IsBoolean, IsIn, IsInt, IsObject, IsOptional, IsString } from 'class-validator';
import { Nested } from './nested.js';
import { event } from './contract.js';
import { commandId, since, uuid } from './examples.js';

export class OutcomeError {
  @IsString() readonly code!: string;
  @IsString() readonly message!: string;
  @IsInt() readonly libvirt!: number;
  @IsInt() readonly domain!: number;
  @IsIn(['caller', 'capacity', 'host', 'us']) readonly fault!: 'caller' | 'capacity' | 'host' | 'us';
  @IsOptional() @IsString() readonly path?: string;
}

/** How a command ended. There is exactly one for each accepted command, however often that was delivered. */
export class Outcome {
  @IsString() readonly commandId!: string;
  /** The command's subject. */
  @IsString() readonly command!: string;
  @IsBoolean() readonly ok!: boolean;
  @IsString() readonly at!: string;
  /** The contract's reply, when `ok`. */
  @IsOptional() @IsObject() readonly result?: object;
  @IsOptional() @Nested(() => OutcomeError) readonly error?: OutcomeError;
}

export const operationFinished = event({
  subject: 'virtbus.v1.evt.operation.{commandId}.finished',
  summary: 'A command has ended, well or not. Published by the bus library of whichever service settled the command.',
  owner: 'bus',
  payload: Outcome,
  example: { commandId, command: 'virtbus.v1.cmd.domain.start', ok: true, at: since, result: { uuid, name: 'demo' } },
});
