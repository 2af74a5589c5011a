import type { Bus, Log } from '@virtbus/messaging';
import type { Gate, Tickets } from '../access/index.js';
import type { TokensView } from '../access/tokens.js';
import { FleetMemory } from '../fleet.memory.js';
import type { FleetReader } from '../fleet.reader.js';
import type { NetworkReader } from '../network.reader.js';
import type { FleetViews } from '../fleet.views.js';
import { BusFreshness } from '../rpc/adapters/bus-freshness.js';
import type { RestListening } from './listening.js';
import type { RunningRest } from './rest.module.js';

export interface GatewayParts {
  readonly bus: Bus;
  readonly views: FleetViews;
  readonly reader: FleetReader;
  readonly networkReader: NetworkReader;
  readonly gate: Gate;
  readonly tickets: Tickets;
  readonly tokens: TokensView;
}

const VERSION = '0.1.0';

/** REST, when it is served. */
export class RestGateway {
  constructor(private readonly running: RunningRest | undefined) {}

  /** HTTP's whole machinery is loaded here, and not before. @throws the system's error when an address cannot be listened to */
  static async start({ views, ...parts }: GatewayParts, listening: RestListening, log: Log): Promise<RestGateway> {
    const { startRest } = await import('./rest.module.js');
    const freshness = new BusFreshness(parts.bus, views);
    const running = await startRest({ ...parts, freshness, memory: new FleetMemory(views), version: VERSION }, listening);
    log.log(`REST is served on ${running.addresses.join(', ')}`);
    return new RestGateway(running);
  }

  get addresses(): readonly string[] {
    return this.running?.addresses ?? [];
  }

  async close(): Promise<void> {
    await this.running?.close();
  }
}
