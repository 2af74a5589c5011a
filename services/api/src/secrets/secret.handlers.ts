import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { Bus, Handle, type MessageContext } from '@virtbus/messaging';
import { SecretRunner, type TouchedSecret } from './secret.runner.js';

type SecretEvent = typeof contracts.secretDefined | typeof contracts.secretUndefined | typeof contracts.secretValueChanged;

/** Commands and questions about secrets. What changes is told as an event before it is answered. */
@Controller()
export class SecretHandlers {
  constructor(
    @Inject(SecretRunner) private readonly runner: SecretRunner,
    @Inject(Bus) private readonly bus: Bus,
  ) {}

  @Handle(contracts.defineSecret)
  async define(command: contracts.DefineSecret, context: MessageContext): Promise<contracts.ObjectId> {
    return this.tell(contracts.secretDefined, await this.runner.define(command.xml, command.project), context);
  }

  @Handle(contracts.undefineSecret)
  async undefine(command: contracts.SecretRef, context: MessageContext): Promise<contracts.ObjectId> {
    return this.tell(contracts.secretUndefined, await this.runner.undefine(command.secret), context);
  }

  @Handle(contracts.getSecret)
  secret(question: contracts.SecretRef): Promise<contracts.SecretRecord> {
    return this.runner.record(question.secret);
  }

  @Handle(contracts.setSecretValue)
  async setValue(question: contracts.SetSecretValue): Promise<contracts.Done> {
    await this.tell(contracts.secretValueChanged, await this.runner.setValue(question.secret, question.value));
    return {};
  }

  @Handle(contracts.getSecretValue)
  async value(question: contracts.SecretRef): Promise<contracts.SecretValue> {
    return { value: await this.runner.value(question.secret) };
  }

  private async tell(contract: SecretEvent, secret: TouchedSecret, context?: MessageContext): Promise<contracts.ObjectId> {
    const { uuid, name, usageType } = secret;
    const happening = { uuid, name, usageType, at: new Date().toISOString() };
    await this.bus.publish(contract, happening, { tokens: { uuid }, ...(context ? { causedBy: context.commandId } : {}) });
    return { uuid, name };
  }
}
