import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { Handle } from '@virtbus/messaging';
import { leaseOf } from './core/lease.js';
import { GuestAddresses } from './guest-addresses.js';
import { NetworkRunner } from './network.runner.js';
import { refusalOf } from './refusal-of.js';

@Controller()
export class NetworkHandlers {
  constructor(
    @Inject(NetworkRunner) private readonly runner: NetworkRunner,
    @Inject('HOST_ID') private readonly hostId: string,
    @Inject(GuestAddresses) private readonly addresses: GuestAddresses,
  ) {}

  @Handle(contracts.stopHostNetwork)
  async stop(order: contracts.StopHostNetwork): Promise<contracts.Done> {
    await this.runner.stop(order.uuid, order.activation).catch((thrown: unknown) => {
      throw refusalOf(thrown);
    });
    return {};
  }

  @Handle(contracts.ensureHostNetwork)
  async ensure({ uuid }: contracts.HostNetworkQuestion): Promise<contracts.Done> {
    await this.runner.have(uuid).catch((thrown: unknown) => {
      throw refusalOf(thrown);
    });
    return {};
  }

  @Handle(contracts.readHostLeases)
  async leases(question: contracts.HostLeaseQuestion): Promise<contracts.HostLeases> {
    const { plan, leases } = await this.runner.leases(question.uuid).catch((thrown: unknown) => {
      throw refusalOf(thrown);
    });
    return { leases: leases.map((lease) => leaseOf(lease, plan, this.hostId)).filter((lease) => lease !== undefined) };
  }

  @Handle(contracts.readGuestAddresses)
  async guestAddresses({ uuid, source }: contracts.GuestAddressQuestion): Promise<contracts.DomainAddresses> {
    const interfaces = await this.addresses.of(uuid, source).catch((thrown: unknown) => {
      throw refusalOf(thrown);
    });
    return { interfaces };
  }
}
