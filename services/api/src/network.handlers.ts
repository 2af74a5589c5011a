import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { Bus, Handle, type MessageContext } from '@virtbus/messaging';
import { NetworkReader } from './network.reader.js';
import { NetworkRunner, type NetworkChange } from './network.runner.js';

const events = {
  defined: contracts.networkDefined,
  undefined: contracts.networkUndefined,
  started: contracts.networkStarted,
  stopped: contracts.networkStopped,
} as const;

/** Commands about networks. Each change is told as an event before the command's outcome is. */
@Controller()
export class NetworkHandlers {
  constructor(
    @Inject(NetworkRunner) private readonly runner: NetworkRunner,
    @Inject(Bus) private readonly bus: Bus,
    @Inject(NetworkReader) private readonly reader: NetworkReader,
  ) {}

  @Handle(contracts.defineNetwork)
  async define(command: contracts.DefineNetwork, context: MessageContext): Promise<contracts.ObjectId> {
    return this.tell(await this.runner.define(command.xml, command), context);
  }

  @Handle(contracts.createNetwork)
  async create(command: contracts.DefineNetwork, context: MessageContext): Promise<contracts.ObjectId> {
    return this.tell(await this.runner.create(command.xml, command.project), context);
  }

  @Handle(contracts.undefineNetwork)
  async undefine(command: contracts.UndefineNetwork, context: MessageContext): Promise<contracts.ObjectId> {
    return this.tell(await this.runner.undefine(command.network, command.revision), context);
  }

  @Handle(contracts.startNetwork)
  async start(command: contracts.NetworkRef, context: MessageContext): Promise<contracts.ObjectId> {
    return this.tell(await this.runner.start(command.network), context);
  }

  @Handle(contracts.destroyNetwork)
  async destroy(command: contracts.NetworkRef, context: MessageContext): Promise<contracts.ObjectId> {
    return this.tell(await this.runner.destroy(command.network), context);
  }

  @Handle(contracts.updateNetwork)
  update(command: contracts.UpdateNetwork): Promise<contracts.ObjectId> {
    return this.runner.update(command, (uuid) => this.reader.devicesInUse(uuid));
  }

  @Handle(contracts.setNetworkAutostart)
  autostart(command: contracts.SetNetworkAutostart): Promise<contracts.ObjectId> {
    return this.runner.setAutostart(command.network, command.autostart);
  }

  private async tell(changes: readonly NetworkChange[], context: MessageContext): Promise<contracts.ObjectId> {
    let subject: contracts.ObjectId = { uuid: '', name: '' };
    for (const { what, record } of changes) {
      subject = { uuid: record.uuid, name: record.name };
      const happening = { ...subject, at: new Date().toISOString(), ...(record.activation > 0 ? { activation: record.activation } : {}) };
      const options = { tokens: { uuid: record.uuid }, causedBy: context.commandId };
      await this.bus.publish(events[what], happening, options);
    }
    return subject;
  }
}
