import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { Bus, Handle, handedOn, type MessageContext } from '@virtbus/messaging';
import { onward } from './onward.js';
import { PlacementRunner, type Placed } from './placement.runner.js';

type HandedOn = Promise<typeof handedOn>;
/** Any order about a placed domain: beside its name and epoch it takes what the sender's command has beside the domain. */
type HostOrder<P extends contracts.PlacedDomain> = contracts.CommandContract<`virtbus.v1.host.{hostId}.cmd.domain.${string}`, P>;
type Rest<P extends contracts.PlacedDomain> = Omit<P, keyof contracts.PlacedDomain>;

/** Commands about domains: placed here, or handed on to the host that holds the domain. */
@Controller()
export class PlacementHandlers {
  constructor(
    @Inject(PlacementRunner) private readonly runner: PlacementRunner,
    @Inject(Bus) private readonly bus: Bus,
  ) {}

  @Handle(contracts.startDomain)
  async start(command: contracts.StartDomain, context: MessageContext): HandedOn {
    const placed = await this.runner.start(command.domain, context.commandId);
    // The host first: the guest waits for it, and the event for nobody.
    await this.tellHost(placed, command, context);
    await this.announce(placed, context);
    return handedOn;
  }

  @Handle(contracts.shutdownDomain)
  shutdown(command: contracts.ShutdownDomain, context: MessageContext): HandedOn {
    return this.handOn(contracts.shutdownPlacedDomain, command, context);
  }

  @Handle(contracts.destroyDomain)
  destroy(command: contracts.DomainRef, context: MessageContext): HandedOn {
    return this.handOn(contracts.destroyPlacedDomain, command, context);
  }

  @Handle(contracts.suspendDomain)
  suspend(command: contracts.DomainRef, context: MessageContext): HandedOn {
    return this.handOn(contracts.suspendPlacedDomain, command, context);
  }

  @Handle(contracts.resumeDomain)
  resume(command: contracts.DomainRef, context: MessageContext): HandedOn {
    return this.handOn(contracts.resumePlacedDomain, command, context);
  }

  @Handle(contracts.rebootDomain)
  reboot(command: contracts.ShutdownDomain, context: MessageContext): HandedOn {
    return this.handOn(contracts.rebootPlacedDomain, command, context);
  }

  @Handle(contracts.resetDomain)
  reset(command: contracts.DomainRef, context: MessageContext): HandedOn {
    return this.handOn(contracts.resetPlacedDomain, command, context);
  }

  @Handle(contracts.sendKeys)
  sendKeys(command: contracts.SendKeys, context: MessageContext): HandedOn {
    return this.handOn(contracts.sendPlacedKeys, command, context);
  }

  @Handle(contracts.resizeDisk)
  resizeDisk(command: contracts.ResizeDisk, context: MessageContext): HandedOn {
    return this.handOn(contracts.resizePlacedDisk, command, context);
  }

  @Handle(contracts.injectNmi)
  injectNmi(command: contracts.DomainRef, context: MessageContext): HandedOn {
    return this.handOn(contracts.injectPlacedNmi, command, context);
  }

  @Handle(contracts.setBlockThreshold)
  setBlockThreshold(command: contracts.SetBlockThreshold, context: MessageContext): HandedOn {
    return this.handOn(contracts.setPlacedThreshold, command, context);
  }

  @Handle(contracts.putGuestToSleep)
  putToSleep(command: contracts.PutGuestToSleep, context: MessageContext): HandedOn {
    return this.handOn(contracts.putPlacedToSleep, command, context);
  }

  @Handle(contracts.wakeGuest)
  wake(command: contracts.DomainRef, context: MessageContext): HandedOn {
    return this.handOn(contracts.wakePlaced, command, context);
  }

  @Handle(contracts.runMonitorCommand)
  monitor(command: contracts.RunMonitorCommand, context: MessageContext): HandedOn {
    return this.handOn(contracts.runPlacedMonitor, command, context);
  }

  @Handle(contracts.runAgentCommand)
  agent(command: contracts.RunAgentCommand, context: MessageContext): HandedOn {
    return this.handOn(contracts.runPlacedAgent, command, context);
  }

  @Handle(contracts.askGuest)
  async askGuest({ domain, question }: contracts.AskGuest, context: MessageContext): HandedOn {
    const { record } = await this.runner.active(domain);
    const agent = { command: JSON.stringify({ execute: question }), ...contracts.agentPatience(record) };
    return this.handOn(contracts.runPlacedAgent, { domain: record.uuid, agent }, context);
  }

  @Handle(contracts.setGuestTime)
  async setTime({ domain, time }: contracts.SetGuestTime, context: MessageContext): HandedOn {
    const { record } = await this.runner.active(domain);
    return this.handOn(contracts.setPlacedTime, { domain: record.uuid, time: { ...contracts.agentPatience(record), ...time } }, context);
  }

  @Handle(contracts.domainStopped, { durable: 'scheduler-release' })
  async release(happening: contracts.DomainHappening): Promise<void> {
    if (happening.epoch !== undefined) await this.runner.release(happening.uuid, happening.epoch);
  }

  @Handle(contracts.operationFinished, { durable: 'scheduler-never-begun' })
  async neverBegun(outcome: contracts.Outcome): Promise<void> {
    if (!outcome.ok && wasNeverBegun(outcome.command, outcome.error?.code ?? '')) await this.runner.neverBegun(outcome.commandId);
  }

  private async tellHost(placed: Placed, command: contracts.StartDomain, context: MessageContext): Promise<void> {
    const { record, placement, id } = placed;
    const { uuid, name, xml, persistent } = record;
    const order = { uuid, name, xml, persistent, id, epoch: placement.epoch, paused: command.paused ?? false };
    await this.bus.send(contracts.startPlacedDomain, order, { ...onward(context), tokens: { hostId: placement.hostId } });
  }

  private async announce({ record, placement, fresh }: Placed, context: MessageContext): Promise<void> {
    if (!fresh) return;
    const { uuid, name } = record;
    const { hostId, epoch } = placement;
    const happening = { uuid, name, detail: 'placed', at: new Date().toISOString(), hostId, epoch };
    await this.bus.publish(contracts.domainPlaced, happening, { tokens: { uuid }, causedBy: context.commandId });
  }

  private async handOn<P extends contracts.PlacedDomain>(
    contract: HostOrder<P>,
    { domain, ...rest }: contracts.DomainRef & Rest<P>,
    context: MessageContext,
  ): HandedOn {
    const { record, placement } = await this.runner.active(domain);
    const { uuid, name } = record;
    const order = { ...rest, uuid, name, epoch: placement.epoch } as unknown as P;
    await this.bus.send(contract, order, { ...onward(context), tokens: { hostId: placement.hostId } });
    return handedOn;
  }
}

/** Answers that the bus gives in a host's stead. */
const NEVER_BEGUN: readonly string[] = ['deadline_passed', 'payload_invalid', 'payload_too_large'];

/** A host's order, or the start itself when a scheduler died between placing the domain and telling the host. */
const wasNeverBegun = (subject: string, code: string): boolean =>
  contracts.tokensOf(contracts.startPlacedDomain, subject)
    ? NEVER_BEGUN.includes(code)
    : subject === contracts.startDomain.subject && code === 'deadline_passed';
