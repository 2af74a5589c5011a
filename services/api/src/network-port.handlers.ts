import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { Handle, type MessageContext } from '@virtbus/messaging';
import { NetworkPortRunner } from './network-port.runner.js';

@Controller()
export class NetworkPortHandlers {
  constructor(@Inject(NetworkPortRunner) private readonly runner: NetworkPortRunner) {}

  @Handle(contracts.createNetworkPort)
  create(command: contracts.CreateNetworkPort, { commandId }: MessageContext): Promise<contracts.NetworkPortId> {
    return this.runner.create(command, commandId);
  }

  @Handle(contracts.deleteNetworkPort)
  delete(command: contracts.NetworkPortRef): Promise<contracts.NetworkPortId> {
    return this.runner.delete(command);
  }

  @Handle(contracts.tuneNetworkPort)
  tune(command: contracts.TuneNetworkPort): Promise<contracts.NetworkPortId> {
    return this.runner.tune(command);
  }
}
