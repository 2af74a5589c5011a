import {
  ConsoleLogger,
  Logger,
  Module,
  type DynamicModule,
  type INestMicroservice,
  type OnApplicationShutdown,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import type { ServiceName } from '@virtbus/contracts';
import { BusTransport } from './bus-transport.js';
import { Bus } from './bus.js';
import { credentialFrom, type Credential } from './credential.js';
import type { Log } from './log.js';

export interface ServiceOptions {
  readonly service: ServiceName;
  /** Default `$VIRTBUS_NATS_URL`, else nats://127.0.0.1:4222. Not used when `bus` is given. */
  readonly servers?: string | readonly string[];
  /** Default: what the environment says (`VIRTBUS_NATS_CREDS`, or `VIRTBUS_NATS_USER` and `VIRTBUS_NATS_PASSWORD_FILE`). */
  readonly credential?: Credential;
  /** A connection of the caller's, which stays the caller's to drain. */
  readonly bus?: Bus;
  readonly tokens?: { readonly hostId: string };
  /** Default: Nest's logger. */
  readonly log?: Log;
  /** Close on SIGTERM and SIGINT. Default true; false when several services share a process. */
  readonly signals?: boolean;
  /** Ends the waiting for a server. */
  readonly signal?: AbortSignal;
}

export interface RunningService {
  readonly app: INestMicroservice;
  readonly bus: Bus;
  close(): Promise<void>;
}

/** Nest ends modules in the reverse of the order in which they began, so the one that all others may use ends last. */
class DrainLast implements OnApplicationShutdown {
  constructor(private readonly bus: Bus) {}

  onApplicationShutdown(): Promise<void> {
    return this.bus.drain();
  }
}

/** Gives every provider the bus. */
@Module({})
export class BusModule {
  static of(bus: Bus, { drain }: { readonly drain: boolean }): DynamicModule {
    const ending = drain ? [{ provide: DrainLast, useValue: new DrainLast(bus) }] : [];
    return { module: BusModule, global: true, providers: [{ provide: Bus, useValue: bus }, ...ending], exports: [Bus] };
  }
}

/**
 * Starts a service: its handlers on the bus, and `Bus` to inject for every provider. Resolves once it listens.
 * @throws when the module does not fit together, or the signal is aborted.
 */
export async function createService(module: Type | DynamicModule, options: ServiceOptions): Promise<RunningService> {
  const { service, signals = true } = options;
  const log = options.log ?? new Logger(service);
  const bus = options.bus ?? (await connect(options, log));
  try {
    const app = await build(module, bus, { ...options, log });
    if (signals) app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
    log.log(`${service} listens`);
    return { app, bus, close: () => app.close() };
  } catch (cause) {
    if (!options.bus) await bus.drain();
    throw cause;
  }
}

/** Why a service does not start is thrown at whoever starts it, who says it: once, and without Nest's way there. */
class Words extends ConsoleLogger {
  override error(message: unknown, ...rest: [stackOrContext?: string, context?: string]): void {
    if (rest.at(-1) !== 'ExceptionHandler') super.error(message, ...rest);
  }
}

async function build(module: Type | DynamicModule, bus: Bus, options: ServiceOptions & { readonly log: Log }): Promise<INestMicroservice> {
  const { service, tokens, log } = options;
  class Root {}
  const imports = [BusModule.of(bus, { drain: options.bus === undefined }), module];
  const strategy = new BusTransport({ bus, service, log, ...(tokens ? { tokens } : {}) });
  const root = { module: Root, imports };
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(root, {
    strategy,
    logger: new Words({ logLevels: ['error', 'warn', 'fatal'] }),
    abortOnError: false,
  });
  try {
    await app.listen();
  } catch (cause) {
    await app.close();
    throw cause;
  }
  return app;
}

const defaultServers = (): string => process.env['VIRTBUS_NATS_URL'] ?? 'nats://127.0.0.1:4222';

async function connect({ service, servers = defaultServers(), tokens, signal, ...options }: ServiceOptions, log: Log): Promise<Bus> {
  const credential = options.credential ?? credentialFrom(process.env);
  const name = tokens ? `${service}-${tokens.hostId}` : service;
  return Bus.connect({
    servers,
    name,
    owner: service,
    log,
    ...tokens,
    ...(credential ? { credential } : {}),
    ...(signal ? { signal } : {}),
  });
}
