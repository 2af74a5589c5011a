import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, IsInt, IsOptional, IsString, Max, Min, ValidateNested } from 'class-validator';
import { bucket, command, request } from '../contract.js';
import { since } from '../examples.js';
import { Nested } from '../nested.js';
import { Done, Nothing } from '../values/common.js';
import { IsObjectName, IsProjectName, IsScramKey, IsScramSalt, IsTokenHash, IsTokenId } from '../validators.js';

const roles = ['viewer', 'operator', 'administrator'] as const;
type Role = (typeof roles)[number];

/** What an API token stands for. */
export class TokenRights {
  @IsTokenId() readonly id!: string;
  /** Whose it is, or what for, in the words of whoever made it. */
  @IsObjectName() readonly name!: string;
  @IsIn(roles) readonly role!: Role;
  /** The projects that it is bound to; absent when it is good for all. */
  @IsOptional() @IsArray() @ArrayMaxSize(64) @IsProjectName({ each: true }) readonly projects?: string[];
  /** What of a host its definitions may use: `hostdev`, `host-network`, `host-path`, `network-storage`, `host-tuning`. */
  @IsOptional() @IsArray() @ArrayMaxSize(16) @IsString({ each: true }) readonly grants?: string[];
  /** When it ends. RFC 3339; absent when it never does. */
  @IsOptional() @IsString() readonly expiresAt?: string;
}

/**
 * What a gateway needs to be shown a token by SCRAM-SHA-256 (RFC 5802, RFC 7677), of whose password the whole token is: nothing that lets
 * somebody sign in. All have one number of iterations, so that it tells nothing; the secret in a token is too long to be guessed anyway.
 */
export class ScramKeys {
  @IsScramSalt() readonly salt!: string;
  @IsInt() @Min(4096) @Max(4096) readonly iterations!: number;
  @IsScramKey() readonly storedKey!: string;
  @IsScramKey() readonly serverKey!: string;
}

export class CreateToken extends TokenRights {
  /** SHA-256 of the secret, base64url. The secret itself never travels over the bus, whose streams would keep it. */
  @IsTokenHash() readonly hash!: string;
  /** Without them the token is good for everything but SCRAM. */
  @IsOptional() @Nested(() => ScramKeys) readonly scram?: ScramKeys;
}

export class TokenRecord extends CreateToken {
  @IsString() readonly createdAt!: string;
}

export class TokenRef {
  @IsTokenId() readonly token!: string;
}

export class TokenSummary extends TokenRights {
  @IsString() readonly createdAt!: string;
}

export class TokenList {
  @IsArray() @ValidateNested({ each: true }) @Type(() => TokenSummary) readonly tokens!: TokenSummary[];
}

const id = '5f2c9a7b1e3d4c60';
const rights = { id, name: 'ci', role: 'operator', projects: ['blue'] } satisfies TokenRights;
const hash = '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU';
const errors = ['payload_invalid', 'deadline_passed', 'operation_failed', 'no_token', 'internal'] as const;

export const apiTokens = bucket({
  bucket: 'virtbus_api_tokens',
  subject: '{id}',
  summary: 'API tokens: what each stands for, and a hash of its secret.',
  owner: 'api',
  payload: TokenRecord,
  example: { ...rights, hash, createdAt: since },
});

/** What makes up the salts of names that there are not: the same at every gateway, and known to nobody else. */
export class SaltSecret {
  @IsScramKey() readonly secret!: string;
}

export const saltSecrets = bucket({
  bucket: 'virtbus_salt_secrets',
  subject: '{part}',
  summary: 'What the salts are made of that names are answered with which there are not, so that nobody can tell them from others.',
  owner: 'api',
  payload: SaltSecret,
  example: { secret: 'FpzbNr9Wm1Z9VZ5YxkYhT5pXn2n0Gr8bS6c1y5Qm3zE=' },
});

export const createToken = command({
  subject: 'virtbus.v1.cmd.token.create',
  summary: 'Let a secret stand for a role. Whoever makes the token draws the secret and sends its hash.',
  owner: 'api',
  payload: CreateToken,
  reply: TokenSummary,
  errors,
  example: { ...rights, hash },
  replyExample: { ...rights, createdAt: since },
});

export const revokeToken = command({
  subject: 'virtbus.v1.cmd.token.revoke',
  summary: 'End an API token. Every gateway refuses it from then on.',
  owner: 'api',
  payload: TokenRef,
  reply: Done,
  errors,
  example: { token: id },
  replyExample: {},
});

export const listTokens = request({
  subject: 'virtbus.v1.req.token.list',
  summary: 'Every API token, without its hash.',
  owner: 'api',
  payload: Nothing,
  reply: TokenList,
  errors: ['payload_invalid', 'internal'],
  example: {},
  replyExample: { tokens: [{ ...rights, createdAt: since }] },
});
