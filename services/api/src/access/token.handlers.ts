import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { Handle } from '@virtbus/messaging';
import { TokenRunner, tokenSummaryOf } from './token.runner.js';
import { TokensView } from './tokens.js';

@Controller()
export class TokenHandlers {
  constructor(
    @Inject(TokenRunner) private readonly runner: TokenRunner,
    @Inject(TokensView) private readonly tokens: TokensView,
  ) {}

  @Handle(contracts.createToken)
  async create(command: contracts.CreateToken): Promise<contracts.TokenSummary> {
    const made = await this.runner.create(command);
    await this.tokens.untilSeen(made.id, true);
    return made;
  }

  @Handle(contracts.revokeToken)
  async revoke(command: contracts.TokenRef): Promise<contracts.Done> {
    await this.runner.revoke(command.token);
    await this.tokens.untilSeen(command.token, false);
    return {};
  }

  @Handle(contracts.listTokens)
  list(): contracts.TokenList {
    return { tokens: this.tokens.all().map(tokenSummaryOf) };
  }
}
