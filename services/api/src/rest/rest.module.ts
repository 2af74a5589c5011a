import { Catch, Logger, Module, NotFoundException, type ArgumentsHost, type DynamicModule, type ExceptionFilter } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { portRecords, Refusal } from '@virtbus/contracts';
import type { Bus } from '@virtbus/messaging';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Gate, Tickets } from '../access/index.js';
import type { TokensView } from '../access/tokens.js';
import type { FleetMemory } from '../fleet.memory.js';
import type { FleetReader } from '../fleet.reader.js';
import type { NetworkReader } from '../network.reader.js';
import type { Freshness } from '../rpc/known.js';
import { callLetIn } from './call.js';
import { isAt, pathParameters, type RouteRow } from './route.js';
import { tellRefused } from './refused.js';
import { routes } from './routes-table.js';
import { servePages } from './pages.js';
import { standBefore } from './door.js';
import { Domains, type Doors } from './domains.js';
import { ContractCalls } from './contract-calls.js';
import { ContractRoutes } from './contract.handlers.js';
import { DomainRoutes } from './domains.handlers.js';
import { EventFeed } from './event-feed.js';
import { FleetRoutes } from './fleet.handlers.js';
import { FleetThings } from './fleet-things.js';
import { HttpServers } from './http-servers.js';
import type { RestListening } from './listening.js';
import { Networks } from './networks.js';
import { NetworkRoutes } from './networks.handlers.js';
import { OperationMemory } from './operation-memory.js';
import { Operations } from './operations.js';
import { isBug, sendProblem } from './send.js';
import { Sockets } from './sockets.js';
import { Storage } from './storage.js';
import { StorageRoutes } from './storage.handlers.js';
import { Streams } from './streams.js';

export interface RestParts {
  readonly bus: Bus;
  readonly gate: Gate;
  readonly tickets: Tickets;
  readonly memory: FleetMemory;
  readonly freshness: Freshness;
  readonly reader: FleetReader;
  readonly networkReader: NetworkReader;
  readonly tokens: TokensView;
  readonly version: string;
}

const log = new Logger('rest');

/** Everything that goes wrong leaves as a problem document; what is a bug is told to the log, and only there. */
@Catch()
class Problems implements ExceptionFilter {
  constructor(private readonly gate: Gate) {}

  async catch(thrown: unknown, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const { url, method } = request;
    const call = callLetIn(request);
    if (call) await tellRefused({ gate: this.gate, log }, { ...call, object: call.param(pathParameters(call.row)[0] ?? '') }, thrown);
    if (isBug(thrown)) log.error(`${method} ${url} failed`, thrown);
    const reply = http.getResponse<FastifyReply>();
    const path = url.split('?')[0] ?? '';
    if (reply.sent) return;
    const others = thrown instanceof NotFoundException ? methodsAt(path) : [];
    if (others.length > 0) void reply.header('allow', others.join(', '));
    const unknown = `the resource at ${path} knows ${others.join(', ')}, not ${method}`;
    sendProblem(reply, others.length > 0 ? new Refusal('method_unsupported', unknown) : thrown, path);
  }
}

const rows: readonly RouteRow[] = Object.values(routes);
const methodsAt = (path: string): string[] => rows.filter((row) => isAt(row, path)).map(({ method }) => method);

@Module({})
class RestModule {
  static async of(parts: RestParts): Promise<DynamicModule> {
    const { bus, gate, memory, freshness, tickets, networkReader } = parts;
    const operationMemory = new OperationMemory();
    const doors: Doors = { bus, gate, memory, freshness, tickets, operations: new Operations(bus, gate, freshness, operationMemory) };
    const things = new FleetThings({ ...doors, ...parts, operationMemory, ports: await bus.bucket(portRecords).view() });
    const [domains, networks, storage] = [new Domains(doors), new Networks(doors, networkReader), new Storage(doors)];
    return {
      module: RestModule,
      controllers: [DomainRoutes, NetworkRoutes, StorageRoutes, FleetRoutes, ContractRoutes],
      providers: [
        { provide: Domains, useValue: domains },
        { provide: Networks, useValue: networks },
        { provide: Storage, useValue: storage },
        { provide: ContractCalls, useValue: new ContractCalls(doors, domains, networks, storage) },
        { provide: FleetThings, useValue: things },
        { provide: EventFeed, useValue: new EventFeed(bus, memory) },
        { provide: Streams, useValue: new Streams() },
      ],
    };
  }
}

/** The application without a server: for the documents, and for the servers to hand their calls to. */
export async function restApplication(
  parts: RestParts,
): Promise<{ readonly app: NestFastifyApplication; readonly handle: RequestListener }> {
  let handle: RequestListener = () => undefined;
  const serverFactory = (handler: RequestListener): Server => {
    handle = handler;
    return createServer(handler);
  };
  const adapter = new FastifyAdapter({
    serverFactory,
    skipMiddie: true,
    multipart: false,
    trustProxy: false,
    routerOptions: { maxParamLength: 1_024, ignoreTrailingSlash: true },
    exposeHeadRoutes: true,
    frameworkErrors: (error: Error, { url }: FastifyRequest, reply: FastifyReply) => sendProblem(reply, error, url.split('?')[0] ?? ''),
  });
  standBefore(adapter.getInstance(), { gate: parts.gate, log });
  servePages(adapter.getInstance());
  const app = await NestFactory.create<NestFastifyApplication>(await RestModule.of(parts), adapter, {
    bodyParser: false,
    logger: ['error', 'warn', 'fatal'],
    abortOnError: false,
  });
  app.useGlobalFilters(new Problems(parts.gate));
  await app.init();
  await adapter.getInstance().ready();
  return { app, handle };
}

export interface RunningRest {
  /** Where a client finds it: `unix:/path`, `http://host:port`. */
  readonly addresses: readonly string[];
  close(): Promise<void>;
}

/** @throws the system's error when an address cannot be listened to */
export async function startRest(parts: RestParts, listening: RestListening): Promise<RunningRest> {
  const { app, handle } = await restApplication(parts);
  const sockets = new Sockets({ ...parts, streams: app.get(Streams), log });
  const servers = new HttpServers({ handle, upgrade: (request, socket, head) => sockets.upgrade(request, socket, head) });
  await servers.listen(listening);
  return {
    addresses: servers.addresses,
    close: async () => {
      sockets.close();
      await servers.close();
      await app.close();
    },
  };
}
