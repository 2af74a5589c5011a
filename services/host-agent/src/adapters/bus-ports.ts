import { allocatePorts, getNetworkPlan, releasePorts, type AllocatePorts, type AllocatedPorts, type HostNetwork } from '@virtbus/contracts';
import type { PortKey } from '@virtbus/contracts';
import type { Bus } from '@virtbus/messaging';
import type { PortAllocator } from '../ports.js';

const ALLOCATE_TIMEOUT_MS = 10_000;

export class BusPorts implements PortAllocator {
  constructor(
    private readonly bus: Bus,
    private readonly hostId: string,
  ) {}

  allocate(request: Omit<AllocatePorts, 'hostId'>): Promise<AllocatedPorts> {
    return this.bus.request(allocatePorts, { ...request, hostId: this.hostId }, { timeoutMs: ALLOCATE_TIMEOUT_MS });
  }

  async release({ domain, epoch, ports }: { domain: string; epoch: number; ports: readonly PortKey[] }): Promise<void> {
    await this.bus.request(releasePorts, { domain, epoch, ports: [...ports] });
  }

  async plan(uuid: string): Promise<HostNetwork | undefined> {
    return (await this.bus.request(getNetworkPlan, { uuid })).network;
  }
}
