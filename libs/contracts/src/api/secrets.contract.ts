import { Type } from 'class-transformer';
import { IsArray, IsIn, IsOptional, IsString, MaxLength, ValidateNested } from 'class-validator';
import { bucket, command, event, request } from '../contract.js';
import { secretUuid, secretXml, since } from '../examples.js';
import { Done, ObjectId, PageQuestion } from '../values/common.js';
import { SecretHappening } from '../values/happening.js';
import { secretUsageTypes, type SecretUsageType } from '../values/secret-usage.js';
import { IsBase64Text, IsLibvirtUuid, IsProjectName, IsXmlText } from '../validators.js';
import { NameClaim } from './facts.contract.js';

/** libvirt's own limit is 64 KiB of bytes; here in base64. */
const MAX_VALUE_CHARACTERS = 87_384;

export class SecretRef {
  @IsLibvirtUuid() readonly secret!: string;
}

export class DefineSecret {
  @IsXmlText() readonly xml!: string;
  /** The project that a new secret falls to. Left out, a known secret keeps its own. */
  @IsOptional() @IsProjectName() readonly project?: string;
}

export class SecretRecord {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsIn(secretUsageTypes) readonly usageType!: SecretUsageType;
  /** What definitions name the secret by; empty when it has no usage. */
  @IsString() readonly usageId!: string;
  /** The definition as libvirt reads it back. The value is never part of it. */
  @IsXmlText() readonly xml!: string;
  /** The project that the secret belongs to; absent when it is the fleet's own, which no project sees. It never changes. */
  @IsOptional() @IsProjectName() readonly project?: string;
}

export class SecretList {
  @IsArray() @ValidateNested({ each: true }) @Type(() => SecretRecord) readonly secrets!: SecretRecord[];
  /** Where the next page begins; absent when this is the last. */
  @IsOptional() @IsString() readonly next?: string;
}

export class SecretValue {
  @IsBase64Text() @MaxLength(MAX_VALUE_CHARACTERS) readonly value!: string;
}

export class SetSecretValue extends SecretRef {
  @IsBase64Text() @MaxLength(MAX_VALUE_CHARACTERS) readonly value!: string;
}

const replyExample = { uuid: secretUuid, name: 'disk' };

export const defineSecret = command({
  subject: 'virtbus.v1.cmd.secret.define',
  summary: 'Keep what a secret is for. One of the same UUID and usage is replaced; its value stays.',
  owner: 'api',
  payload: DefineSecret,
  reply: ObjectId,
  errors: [
    'payload_invalid',
    'payload_too_large',
    'deadline_passed',
    'xml_error',
    'invalid_argument',
    'config_unsupported',
    'operation_failed',
    'internal',
  ],
  example: { xml: secretXml },
  replyExample,
});

export const undefineSecret = command({
  subject: 'virtbus.v1.cmd.secret.undefine',
  summary: 'Forget a secret and its value.',
  owner: 'api',
  payload: SecretRef,
  reply: ObjectId,
  errors: ['payload_invalid', 'deadline_passed', 'no_secret', 'internal'],
  example: { secret: secretUuid },
  replyExample,
});

const record = { uuid: secretUuid, usageType: 'ceph', usageId: 'disk', xml: secretXml } as const;

export const listSecrets = request({
  subject: 'virtbus.v1.req.secret.list',
  summary: 'Every secret of the fleet: what each is for, and no value.',
  owner: 'api',
  payload: PageQuestion,
  reply: SecretList,
  errors: ['payload_invalid', 'internal'],
  example: {},
  replyExample: { secrets: [record] },
});

export const getSecret = request({
  subject: 'virtbus.v1.req.secret.get',
  summary: 'What one secret is for.',
  owner: 'api',
  payload: SecretRef,
  reply: SecretRecord,
  errors: ['payload_invalid', 'no_secret', 'internal'],
  example: { secret: secretUuid },
  replyExample: record,
});

export const setSecretValue = request({
  subject: 'virtbus.v1.req.secret.setvalue',
  summary: 'Keep the value of a secret. A request and no command: no stream ever holds a value.',
  owner: 'api',
  payload: SetSecretValue,
  reply: Done,
  errors: ['payload_invalid', 'no_secret', 'internal'],
  example: { secret: secretUuid, value: 'c2VjcmV0' },
  replyExample: {},
});

export const getSecretValue = request({
  subject: 'virtbus.v1.req.secret.value',
  summary: 'The value of a secret that is not private.',
  owner: 'api',
  payload: SecretRef,
  reply: SecretValue,
  errors: ['payload_invalid', 'no_secret', 'operation_invalid', 'internal'],
  example: { secret: secretUuid },
  replyExample: { value: 'c2VjcmV0' },
});

export const secretRecords = bucket({
  bucket: 'virtbus_secrets',
  subject: '{uuid}',
  summary: 'What each secret is for, without its value.',
  owner: 'api',
  payload: SecretRecord,
  example: record,
});

export const secretUsages = bucket({
  bucket: 'virtbus_secret_usages',
  subject: '{name}',
  summary: 'Which secret has a usage. The key is the type, a colon and the name, in base64url.',
  owner: 'api',
  payload: NameClaim,
  example: { uuid: secretUuid },
});

export const secretValues = bucket({
  bucket: 'virtbus_secret_values',
  subject: '{uuid}',
  summary: 'Values of secrets, in base64. No service but the api reads them, and no view, event or list has them.',
  owner: 'api',
  payload: SecretValue,
  example: { value: 'c2VjcmV0' },
});

const secret = (words: string) =>
  ({
    summary: words,
    owner: 'api',
    payload: SecretHappening,
    example: { uuid: secretUuid, name: 'disk', usageType: 'ceph', at: since },
  }) as const;

export const secretDefined = event({ subject: 'virtbus.v1.evt.secret.{uuid}.defined', ...secret('What a secret is for was defined.') });
export const secretUndefined = event({ subject: 'virtbus.v1.evt.secret.{uuid}.undefined', ...secret('A secret and its value are gone.') });
export const secretValueChanged = event({
  subject: 'virtbus.v1.evt.secret.{uuid}.valuechanged',
  ...secret('A secret was given a value, the first or another.'),
});

/** What a usage goes by in the bucket of usages. */
export const usageKey = (type: SecretUsageType, id: string): string => `${type}:${id}`;
