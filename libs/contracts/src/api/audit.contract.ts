import { IsBoolean, IsIn, IsOptional, IsString } from 'class-validator';
import { event } from '../contract.js';
import { commandId, since, uuid } from '../examples.js';

/**
 * Who asked for a change, and whether it was let through. What came of it is the outcome with the same id. A change that was sent by the
 * contracts' own subjects is told when it has ended, as one of `nats`, with the role `unknown`: whose a message is NATS does not say.
 */
export class AuditRecord {
  @IsString() readonly commandId!: string;
  /** The identity, as its credential gives it; `nats` where none was asked for. */
  @IsString() readonly who!: string;
  @IsString() readonly role!: string;
  @IsIn(['rest', 'rpc', 'message']) readonly via!: 'rest' | 'rpc' | 'message';
  /** The address that the call came from; absent on a local socket. */
  @IsOptional() @IsString() readonly from?: string;
  /** The subject of the contract that was called; of a call of libvirt's that was refused before, its procedure's name. */
  @IsString() readonly call!: string;
  /** The object that it was called upon: a UUID, a name or an id. */
  @IsOptional() @IsString() readonly object?: string;
  @IsOptional() @IsString() readonly project?: string;
  @IsBoolean() readonly allowed!: boolean;
  /** Why not: a code of the errors. */
  @IsOptional() @IsString() readonly code?: string;
  @IsString() readonly at!: string;
}

export const writeAsked = event({
  subject: 'virtbus.v1.evt.audit.{commandId}.asked',
  summary: 'Somebody asked for a change. Published before the command is sent; of one that passed no gateway, after its outcome.',
  owner: 'api',
  payload: AuditRecord,
  example: {
    commandId,
    who: 'token:ci',
    role: 'operator',
    via: 'rest',
    from: '192.0.2.7',
    call: 'virtbus.v1.cmd.domain.start',
    object: uuid,
    project: 'blue',
    allowed: true,
    at: since,
  },
});
