import { reviseDevice, type ReviseDevice } from '@virtbus/contracts';
import type { Bus } from '@virtbus/messaging';
import type { Definitions } from '../ports.js';

export class BusDefinitions implements Definitions {
  constructor(private readonly bus: Bus) {}

  async revise(change: Omit<ReviseDevice, 'config' | 'apply'>): Promise<void> {
    await this.bus.request(reviseDevice, { ...change, config: true, apply: true });
  }
}
