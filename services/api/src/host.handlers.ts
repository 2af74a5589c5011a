import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { Refusal } from '@virtbus/contracts';
import { Bus, Handle } from '@virtbus/messaging';
import { FleetReader } from './fleet.reader.js';

@Controller()
export class HostHandlers {
  constructor(
    @Inject(FleetReader) private readonly fleet: FleetReader,
    @Inject(Bus) private readonly bus: Bus,
  ) {}

  @Handle(contracts.cordonHost)
  cordon(command: contracts.HostRef): Promise<contracts.Done> {
    return this.wish(command.host, true);
  }

  @Handle(contracts.uncordonHost)
  uncordon(command: contracts.HostRef): Promise<contracts.Done> {
    return this.wish(command.host, false);
  }

  private async wish(hostId: string, cordoned: boolean): Promise<contracts.Done> {
    if (!this.fleet.hasHost(hostId)) throw new Refusal('no_host', `no host with id '${hostId}'; 'virtbus hosts' lists them`);
    await this.bus.bucket(contracts.hostWishes).put({ hostId }, { hostId, cordoned });
    return {};
  }
}
