import { setTimeout as sleep } from 'node:timers/promises';
import {
  defined,
  allocatePorts,
  followGuestMac,
  getNetworkPlan,
  Refusal,
  releasePorts,
  shapePort,
  type AllocatePorts,
  type AllocatedPorts,
  type HostNetwork,
} from '@virtbus/contracts';
import type { FollowGuestMac, Port, PortKey, ShapePort } from '@virtbus/contracts';
import type { Bus } from '@virtbus/messaging';
import type { PortAllocator } from '../ports.js';

const ALLOCATE_PATIENCE_MS = 20_000;
const ALLOCATE_PAUSE_MS = 200;

export class BusPorts implements PortAllocator {
  constructor(
    private readonly bus: Bus,
    private readonly hostId: string,
  ) {}

  /** netd may be away for a moment; asking it again gives the same ports. */
  async allocate(request: Omit<AllocatePorts, 'hostId'>): Promise<AllocatedPorts> {
    const giveUpAt = performance.now() + ALLOCATE_PATIENCE_MS;
    for (;;) {
      try {
        return await this.bus.request(allocatePorts, { ...request, hostId: this.hostId });
      } catch (thrown) {
        const away = thrown instanceof Refusal && thrown.code === 'service_unreachable';
        if (!away || performance.now() > giveUpAt) throw thrown;
        await sleep(ALLOCATE_PAUSE_MS);
      }
    }
  }

  async release({ domain, epoch, ports }: { domain: string; epoch: number; ports: readonly PortKey[] }): Promise<void> {
    await this.bus.request(releasePorts, { domain, epoch, ports: [...ports] });
  }

  shape(request: ShapePort): Promise<Port> {
    return this.bus.request(shapePort, request);
  }

  async follow(request: FollowGuestMac): Promise<void> {
    await this.bus.request(followGuestMac, request);
  }

  async releaseOthers({ domain, epoch, ports }: { domain: string; epoch: number; ports: readonly PortKey[] }): Promise<void> {
    await this.bus.request(releasePorts, { domain, epoch, except: [...ports] });
  }

  async plan(uuid: string, activation?: number): Promise<HostNetwork | undefined> {
    return (await this.bus.request(getNetworkPlan, { uuid, ...defined({ activation }) })).network;
  }
}
