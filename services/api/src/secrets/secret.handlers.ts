import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { Handle } from '@virtbus/messaging';
import { SecretRunner } from './secret.runner.js';

@Controller()
export class SecretHandlers {
  constructor(@Inject(SecretRunner) private readonly runner: SecretRunner) {}

  @Handle(contracts.defineSecret)
  define(command: contracts.DefineSecret): Promise<contracts.ObjectId> {
    return this.runner.define(command.xml);
  }

  @Handle(contracts.undefineSecret)
  undefine(command: contracts.SecretRef): Promise<contracts.ObjectId> {
    return this.runner.undefine(command.secret);
  }

  @Handle(contracts.setSecretValue)
  setValue(question: contracts.SetSecretValue): Promise<contracts.Done> {
    return this.runner.setValue(question.secret, question.value);
  }

  @Handle(contracts.getSecretValue)
  async value(question: contracts.SecretRef): Promise<contracts.SecretValue> {
    return { value: await this.runner.value(question.secret) };
  }
}
