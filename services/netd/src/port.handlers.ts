import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { Bus, Handle } from '@virtbus/messaging';
import { HandPorts } from './hand-ports.runner.js';
import { PortRunner } from './port.runner.js';

@Controller()
export class PortHandlers {
  constructor(
    @Inject(PortRunner) private readonly runner: PortRunner,
    @Inject(HandPorts) private readonly hands: HandPorts,
    @Inject(Bus) private readonly bus: Bus,
  ) {}

  @Handle(contracts.allocatePorts)
  allocate(request: contracts.AllocatePorts): Promise<contracts.AllocatedPorts> {
    return this.runner.allocate(request);
  }

  @Handle(contracts.createPort)
  create(request: contracts.CreatePort): Promise<contracts.PortOnHost> {
    return this.hands.create(request);
  }

  @Handle(contracts.releasePorts)
  async release(request: contracts.ReleasePorts): Promise<contracts.Done> {
    await this.runner.release(request);
    return {};
  }

  @Handle(contracts.shapePort)
  shape(request: contracts.ShapePort): Promise<contracts.Port> {
    return this.runner.shape(request);
  }

  @Handle(contracts.followGuestMac)
  async follow(request: contracts.FollowGuestMac): Promise<contracts.Done> {
    await this.runner.follow(request);
    return {};
  }

  @Handle(contracts.getNetworkPlan)
  async plan(question: contracts.NetworkQuestion): Promise<contracts.NetworkPlan> {
    const network = await this.runner.plan(question.uuid, question.activation);
    return network ? { network } : {};
  }

  /** Every host that has the network's bridge is told to let it go. */
  @Handle(contracts.networkStopped, { durable: 'netd-network-stopped' })
  async networkStopped(happening: contracts.NetworkHappening): Promise<void> {
    const { uuid, activation, at } = happening;
    if (activation === undefined) return;
    await this.runner.networkStopped(uuid, new Date(at));
    const view = await this.bus.bucket(contracts.hostNetworks).view({ uuid });
    const hosts = view.entries().filter((entry) => entry.value.activation <= activation);
    await view.close();
    await Promise.all(
      hosts.map(({ value: { hostId } }) =>
        this.bus.send(contracts.stopHostNetwork, { uuid, activation }, { tokens: { hostId }, id: `${uuid}.${activation}.${hostId}` }),
      ),
    );
  }
}
