import { Refusal, type CreateToken, type TokenRecord, type TokenSummary } from '@virtbus/contracts';
import { isGrant, grants } from './core/identity.js';

/** API tokens as they are kept. */
export interface TokenRecords {
  get(key: { readonly id: string }): Promise<{ readonly value: TokenRecord; readonly revision: number } | undefined>;
  /** `false`: there is one of that id. */
  create(record: TokenRecord): Promise<boolean>;
  remove(id: string): Promise<void>;
}

export const tokenSummaryOf = ({ hash: _hash, scram: _scram, ...summary }: TokenRecord): TokenSummary => summary;

export class TokenRunner {
  constructor(
    private readonly records: TokenRecords,
    private readonly now: () => string,
  ) {}

  /** A command that is delivered again finds its own token. @throws Refusal payload_invalid, operation_failed */
  async create(command: CreateToken): Promise<TokenSummary> {
    const unknown = command.grants?.find((grant) => !isGrant(grant));
    if (unknown !== undefined)
      throw new Refusal('payload_invalid', `'${unknown}' is no grant; there are ${grants.join(', ')}`, { path: 'grants' });
    if (command.expiresAt !== undefined && Number.isNaN(Date.parse(command.expiresAt))) {
      throw new Refusal('payload_invalid', 'expiresAt must be an instant as RFC 3339 writes it', { path: 'expiresAt' });
    }
    if (command.projects?.length === 0)
      throw new Refusal('payload_invalid', 'projects must name one, or be left out', { path: 'projects' });
    const record = { ...command, createdAt: this.now() };
    if (await this.records.create(record)) return tokenSummaryOf(record);
    const held = await this.records.get(command);
    if (held?.value.hash === command.hash) return tokenSummaryOf(held.value);
    throw new Refusal('operation_failed', `operation failed: a token with the id ${command.id} exists already`);
  }

  /** @throws Refusal no_token */
  async revoke(id: string): Promise<void> {
    if (!(await this.records.get({ id }))) throw new Refusal('no_token', `no API token with id '${id}'; 'virtbus token-list' lists them`);
    await this.records.remove(id);
  }
}
