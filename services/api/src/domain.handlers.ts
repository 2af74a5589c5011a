import { createHash } from 'node:crypto';
import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { Bus, Handle, type MessageContext } from '@virtbus/messaging';
import { DomainRunner, type Defined } from './domain.runner.js';

@Controller()
export class DomainHandlers {
  constructor(
    @Inject(DomainRunner) private readonly runner: DomainRunner,
    @Inject(Bus) private readonly bus: Bus,
  ) {}

  @Handle(contracts.defineDomain)
  async define(command: contracts.DefineDomain, context: MessageContext): Promise<contracts.ObjectId> {
    const defined = await this.runner.define(command.xml, command);
    return this.tell(contracts.domainDefined, defined, context);
  }

  @Handle(contracts.undefineDomain)
  async undefine(command: contracts.UndefineDomain, context: MessageContext): Promise<contracts.ObjectId> {
    const undefinedDomain = await this.runner.undefine(command.domain, command.revision);
    return this.tell(contracts.domainUndefined, { ...undefinedDomain, detail: 'removed' }, context);
  }

  @Handle(contracts.renameDomain)
  async rename(command: contracts.RenameDomain, context: MessageContext): Promise<contracts.ObjectId> {
    const { before, ...renamed } = await this.runner.rename(command.domain, command.name, context.commandId);
    if (before !== undefined) await this.tell(contracts.domainUndefined, { ...renamed, name: before, detail: 'renamed' }, context);
    return this.tell(contracts.domainDefined, { ...renamed, detail: 'renamed' }, context);
  }

  /** The definition lives as long as the guest: when the start is refused, it goes again at once. */
  @Handle(contracts.createDomain)
  async create(command: contracts.CreateDomain, context: MessageContext): Promise<contracts.ObjectId> {
    const again = context.deliveryCount > 1;
    const { uuid, detail } = await this.runner.defineTransient(command.xml, {
      uuid: uuidFrom(context.commandId),
      again,
      project: command.project,
    });
    const options = { id: `${context.commandId}.start`, ...(context.deadline ? { deadline: context.deadline } : {}) };
    try {
      return await this.bus.run(contracts.startDomain, { domain: uuid, paused: command.paused ?? false }, options);
    } catch (thrown) {
      if (thrown instanceof contracts.Refusal && (again || detail === 'added')) await this.runner.stopped(uuid);
      throw thrown;
    }
  }

  @Handle(contracts.setAgentTimeout)
  agentTimeout(command: contracts.SetAgentTimeout): Promise<contracts.ObjectId> {
    return this.runner.setAgentTimeout(command.domain, command.seconds);
  }

  @Handle(contracts.setDomainAutostart)
  async autostart(command: contracts.SetDomainAutostart): Promise<contracts.Done> {
    await this.runner.setAutostart(command.domain, command.autostart);
    return {};
  }

  @Handle(contracts.domainStopped, { durable: 'api-transient-stopped' })
  async stopped(happening: contracts.DomainHappening): Promise<void> {
    await this.runner.stopped(happening.uuid);
  }

  private async tell(
    contract: typeof contracts.domainDefined | typeof contracts.domainUndefined,
    { uuid, name, detail }: Pick<Defined, 'uuid' | 'name'> & { readonly detail: string },
    context: MessageContext,
  ): Promise<contracts.ObjectId> {
    const happening = { uuid, name, detail, at: new Date().toISOString() };
    await this.bus.publish(contract, happening, { tokens: { uuid }, causedBy: context.commandId });
    return { uuid, name };
  }
}

/** The UUID of a domain whose XML has none, the same however often its command is delivered (RFC 9562, version 8). */
function uuidFrom(commandId: string): string {
  const hex = createHash('sha256').update(commandId).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
