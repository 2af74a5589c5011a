import { IsBoolean, IsInt, IsOptional, IsString, Min } from 'class-validator';
import { command } from '../contract.js';
import { domainXml, uuid } from '../examples.js';
import { DomainRef, Done, ObjectId } from '../values/common.js';
import { IsProjectName, IsXmlText } from '../validators.js';

export class DefineDomain {
  @IsXmlText() readonly xml!: string;
  /** The project that a new domain falls to; a domain that is there already must belong to it. Left out, a known domain keeps its own. */
  @IsOptional() @IsProjectName() readonly project?: string;
  /** The revision at which the definition must be; 0 when there must be none. Left out, whatever is there is replaced. */
  @IsOptional() @IsInt() @Min(0) readonly revision?: number;
}

export class UndefineDomain extends DomainRef {
  /** The revision at which the definition must be. */
  @IsOptional() @IsInt() @Min(1) readonly revision?: number;
}

export class CreateDomain extends DefineDomain {
  /** Leave the guest's processors stopped, as `virsh create --paused` does. */
  @IsOptional() @IsBoolean() readonly paused?: boolean;
}

export class SetDomainAutostart extends DomainRef {
  @IsBoolean() readonly autostart!: boolean;
}

export class SetAgentTimeout extends DomainRef {
  /** Seconds that the domain's agent is waited for when libvirt's clients ask it: from 1 to 55. -1: 5, as without; -2, or more: 55; 0: 1. */
  @IsInt() @Min(-2) readonly seconds!: number;
}

export class RenameDomain extends DomainRef {
  /** The name that it has from then on; none that another domain has. */
  @IsString() readonly name!: string;
}

const definitionErrors = [
  'payload_invalid',
  'payload_too_large',
  'deadline_passed',
  'xml_error',
  'xml_detail',
  'missing_name',
  'invalid_argument',
  'config_unsupported',
  'operation_failed',
  'operation_invalid',
  'revision_conflict',
  'internal',
] as const;

export const defineDomain = command({
  subject: 'virtbus.v1.cmd.domain.define',
  summary: 'Keep a domain definition; a second one with the same name and UUID replaces it.',
  owner: 'api',
  payload: DefineDomain,
  reply: ObjectId,
  errors: definitionErrors,
  example: { xml: domainXml },
  replyExample: { uuid, name: 'demo' },
});

export const undefineDomain = command({
  subject: 'virtbus.v1.cmd.domain.undefine',
  summary: 'Forget a domain definition. A running domain becomes transient.',
  owner: 'api',
  payload: UndefineDomain,
  reply: ObjectId,
  errors: ['payload_invalid', 'deadline_passed', 'no_domain', 'operation_invalid', 'revision_conflict', 'internal'],
  example: { domain: 'demo' },
  replyExample: { uuid, name: 'demo' },
});

export const createDomain = command({
  subject: 'virtbus.v1.cmd.domain.create',
  summary: 'Define a transient domain and start it; its definition goes when it stops.',
  owner: 'api',
  payload: CreateDomain,
  reply: ObjectId,
  errors: [
    ...definitionErrors,
    'unschedulable',
    'no_network',
    'mac_in_use',
    'network_in_use',
    'qemu_failed',
    'system_error',
    'stale_epoch',
    'no_pool',
    'no_volume',
  ],
  example: { xml: domainXml },
  replyExample: { uuid, name: 'demo' },
});

export const setDomainAutostart = command({
  subject: 'virtbus.v1.cmd.domain.autostart',
  summary: 'Say whether a domain starts with the fleet.',
  owner: 'api',
  payload: SetDomainAutostart,
  reply: Done,
  errors: ['payload_invalid', 'deadline_passed', 'no_domain', 'operation_invalid', 'internal'],
  example: { domain: 'demo', autostart: true },
  replyExample: {},
});

export const setAgentTimeout = command({
  subject: 'virtbus.v1.cmd.domain.agenttimeout',
  summary: "Say how long a domain's agent is waited for.",
  owner: 'api',
  payload: SetAgentTimeout,
  reply: ObjectId,
  errors: ['payload_invalid', 'deadline_passed', 'no_domain', 'internal'],
  example: { domain: 'demo', seconds: 20 },
  replyExample: { uuid, name: 'demo' },
});

export const renameDomain = command({
  subject: 'virtbus.v1.cmd.domain.rename',
  summary: 'Give a domain that is not active another name; it stays the same domain.',
  owner: 'api',
  payload: RenameDomain,
  reply: ObjectId,
  errors: ['payload_invalid', 'deadline_passed', 'no_domain', 'operation_invalid', 'xml_error', 'invalid_argument', 'internal'],
  example: { domain: 'demo', name: 'sample' },
  replyExample: { uuid, name: 'sample' },
});
