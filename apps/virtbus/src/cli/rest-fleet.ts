/** The fleet through a gateway. */
import { randomUUID } from 'node:crypto';
import type { Happened, Subject } from './core/happened.js';
import {
  FleetError,
  type Answer,
  type ConsoleLine,
  type ConsoleQuestion,
  type Fleet,
  type Order,
  type OrderOptions,
  type OrderPayload,
  type Question,
  type QuestionPayload,
  type Result,
  type Piece,
  type Take,
  type VolumePart,
} from './fleet.js';
import type { GatewayAddress } from './gateway-address.js';
import { HttpClient, type HttpAnswer } from './http-client.js';
import { allPages, fieldsOf, joined } from './pages.js';
import { RestBytes } from './rest-bytes.js';
import { RestConsole } from './rest-console.js';
import { RestEvents } from './rest-events.js';
import { callOf, notOverRest, orderRoutes, questionRoutes, type RestRoute } from './rest-routes-table.js';

const ANSWER_MS = 10_000;
/** How long the gateway is asked to wait at a time: proxies lose patience with more. */
const WAIT_SECONDS = 20;

/** Every order goes on by itself once it is sent; this is only how long one watches. */
const overdue = (name: Order, id: string, timeoutMs: number): FleetError =>
  new FleetError(
    'service_unreachable',
    `${name} (operation ${id}) has not ended within ${Math.round(timeoutMs / 1_000)} s; it may still: see the operation later`,
  );

class RestFleet implements Fleet {
  private readonly events: RestEvents;
  private readonly bytes: RestBytes;

  constructor(private readonly client: HttpClient) {
    this.events = new RestEvents(client);
    this.bytes = new RestBytes(client);
  }

  async ask<N extends Question>(name: N, payload: QuestionPayload<N>): Promise<Answer<N>> {
    const route = routeOf(name);
    const [list = '', one = ''] = route.each ?? [];
    const { [list]: several, ...rest } = fieldsOf(payload);
    if (!Array.isArray(several)) return (await this.whole(route, payload)) as Answer<N>;
    const answers = await Promise.all(several.map((each) => this.whole(route, { ...rest, [one]: each as unknown })));
    return answers.reduce((all, answer) => joined(fieldsOf(all), fieldsOf(answer))) as Answer<N>;
  }

  async run<N extends Order>(name: N, payload: OrderPayload<N>, { timeoutMs, onSent }: OrderOptions): Promise<Result<N>> {
    const route: RestRoute = orderRoutes[name];
    const key = randomUUID();
    const until = performance.now() + timeoutMs;
    onSent?.(key);
    const headers = { ...(route.keyless ? {} : { 'idempotency-key': key }), prefer: preferOf(until) };
    const answer = await this.client.call({ method: route.method, ...callOf(route, payload), headers, timeoutMs: waitOf(until) });
    const result = answer.status === 202 ? await this.outcome(name, answer, { until, timeoutMs }) : answer.body;
    return result as Result<N>;
  }

  watch(listener: (happened: Happened) => void, kind: Subject = 'domain'): Promise<void> {
    return this.events.follow(listener, kind);
  }

  async hearMonitors(): Promise<void> {
    throw new FleetError(
      'operation_unsupported',
      'operation is not supported over REST: what monitors say is kept nowhere; ask the bus, with --url nats://…',
    );
  }

  async openConsole({ uuid, device, force }: ConsoleQuestion): Promise<ConsoleLine> {
    const wanted = { ...(device === undefined ? {} : { device }), ...(force === undefined ? {} : { force }) };
    const path = `/v1/domains/${encodeURIComponent(uuid)}/console`;
    const { body } = await this.client.call({ method: 'POST', path, body: wanted, timeoutMs: ANSWER_MS });
    return RestConsole.open({ url: this.client.url, ca: this.client.gateway.ca }, String(body['path']));
  }

  download(part: VolumePart, take: Take, signal: AbortSignal): Promise<void> {
    return this.bytes.download(part, take, signal);
  }

  upload(part: VolumePart, pieces: AsyncIterable<Piece>, signal: AbortSignal): Promise<void> {
    return this.bytes.upload(part, pieces, signal);
  }

  async close(): Promise<void> {
    this.events.close();
  }

  private whole(route: RestRoute, payload: object): Promise<object> {
    return allPages(payload, async (page) => {
      const { body } = await this.client.call({ method: route.method, ...callOf(route, page), timeoutMs: ANSWER_MS });
      return body;
    });
  }

  /** Asks for the operation until it has ended, or the time is over. */
  private async outcome(
    name: Order,
    { body, headers }: HttpAnswer,
    { until, timeoutMs }: { until: number; timeoutMs: number },
  ): Promise<object> {
    const id = String(body['id']);
    const path = headers.location ?? `/v1/operations/${id}`;
    while (performance.now() < until) {
      const { body: now } = await this.client.call({ method: 'GET', path, headers: { prefer: preferOf(until) }, timeoutMs: waitOf(until) });
      if (now['status'] === 'succeeded') return { ...(now['result'] as object | undefined) };
      if (now['status'] === 'failed') throw failureOf(now['error']);
    }
    throw overdue(name, id, timeoutMs);
  }
}

/** @throws FleetError for what is not asked over REST */
function routeOf(name: Question): RestRoute {
  const reason: Partial<Record<Question, string>> = notOverRest;
  const routes: Partial<Record<Question, RestRoute>> = questionRoutes;
  const route = routes[name];
  if (!route) throw new FleetError('operation_unsupported', reason[name] ?? `${name} is not asked over REST`);
  return route;
}

const preferOf = (until: number): string => `wait=${Math.max(1, Math.min(WAIT_SECONDS, Math.ceil((until - performance.now()) / 1_000)))}`;
const waitOf = (until: number): number => Math.min(WAIT_SECONDS * 1_000, Math.max(1_000, until - performance.now())) + ANSWER_MS;

function failureOf(error: unknown): FleetError {
  const { code, message, path, libvirt } = (error ?? {}) as Readonly<Record<string, unknown>>;
  return new FleetError(
    typeof code === 'string' ? code : 'internal',
    typeof message === 'string' ? message : 'no words came with the error',
    {
      path: typeof path === 'string' ? path : undefined,
      libvirt: typeof libvirt === 'number' ? libvirt : undefined,
    },
  );
}

/** @throws FleetError when the gateway cannot be reached, or does not take the credential */
export async function connectRest(gateway: GatewayAddress, connectMs?: number): Promise<Fleet> {
  const client = new HttpClient(gateway, connectMs);
  await client.hello();
  return new RestFleet(client);
}
