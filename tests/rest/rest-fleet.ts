/** The api with its gateways and netd on a real nats-server, with a scheduler and a host of which just enough is there. */
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Module } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { Bus, createService, Handle, type RunningService } from '@virtbus/messaging';
import { recordedLog, startTestNats, type TestNats } from '@virtbus/testing';
import { startApi, type RunningApi } from '@virtbus/api';
import { startNetd } from '@virtbus/netd';
import { VolumeSessions } from '../../services/host-agent/src/storage/volume-sessions.js';
import { randomUUID } from 'node:crypto';

export const hostId = 'host-a';

/** Whether a start takes longer than anybody waits. */
export const slow = { start: false };

/** Domains that no host can hold. */
export const refused = new Set<string>();

@Controller()
class SchedulerHandlers {
  @Handle(contracts.startDomain)
  async start({ domain }: contracts.StartDomain) {
    if (refused.has(domain)) throw new contracts.Refusal('unschedulable', 'no host can hold the domain');
    if (slow.start) await new Promise((resolve) => setTimeout(resolve, 1_500));
    return { uuid: domain, name: 'started' };
  }
  @Handle(contracts.destroyDomain)
  destroy({ domain }: contracts.DomainRef): { uuid: string; name: string } {
    throw new contracts.Refusal('operation_invalid', `Requested operation is not valid: domain is not running (${domain})`);
  }
}
@Module({ controllers: [SchedulerHandlers] })
class SchedulerModule {}

/** What a guest is told to do reaches the scheduler, which here notes it and answers as the contract's example does. */
export const ordered: { readonly subject: string; readonly payload: object }[] = [];
/** What agents answer to a command, by its name; to others as the contract's example does. */
export const agentAnswers = new Map<string, object>();
function agentReply(payload: object): object {
  const { agent, question } = payload as Partial<contracts.RunAgentCommand & contracts.AskGuest>;
  const execute = question ?? /"execute":"([^"]*)"/.exec(agent?.command ?? '')?.[1] ?? '';
  const answer = agentAnswers.get(execute);
  return answer ? { output: JSON.stringify(answer) } : contracts.runAgentCommand.replyExample;
}

const toGuests = {
  attachDevice: contracts.attachDevice,
  detachDevice: contracts.detachDevice,
  updateDevice: contracts.updateDevice,
  sendKeys: contracts.sendKeys,
  injectNmi: contracts.injectNmi,
  setBlockThreshold: contracts.setBlockThreshold,
  putGuestToSleep: contracts.putGuestToSleep,
  wakeGuest: contracts.wakeGuest,
  runMonitorCommand: contracts.runMonitorCommand,
  runAgentCommand: contracts.runAgentCommand,
  askGuest: contracts.askGuest,
  setGuestTime: contracts.setGuestTime,
  resizeDisk: contracts.resizeDisk,
  shutdownDomain: contracts.shutdownDomain,
  suspendDomain: contracts.suspendDomain,
  resumeDomain: contracts.resumeDomain,
  rebootDomain: contracts.rebootDomain,
  resetDomain: contracts.resetDomain,
};
for (const [name, contract] of Object.entries<contracts.CommandContract>(toGuests)) {
  const value = (payload: object): object => {
    ordered.push({ subject: contract.subject, payload: { ...payload } });
    return contract.reply === contracts.CommandOutput && contract !== contracts.runMonitorCommand
      ? agentReply(payload)
      : contract.replyExample;
  };
  const descriptor = { configurable: true, writable: true, value };
  Object.defineProperty(SchedulerHandlers.prototype, name, descriptor);
  Handle(contract)(SchedulerHandlers.prototype, name, descriptor);
}

const keyOfLink = (portDev: string) => ({ hostId, link: contracts.tokenFromName(portDev) });

/** Its guests answer in capitals; their screens greet as VNC does. */
@Controller()
class HostHandlers {
  static bus: Bus;
  static leases: contracts.Lease[] = [];
  static volume = '';
  @Handle(contracts.openConsole)
  console() {
    return echo((text) => text.toUpperCase());
  }
  @Handle(contracts.readCardFilter)
  filter() {
    return contracts.readCardFilter.replyExample;
  }
  /** Every network is there. */
  @Handle(contracts.ensureHostNetwork)
  ensureNetwork() {
    return {};
  }
  @Handle(contracts.readHostLeases)
  leases() {
    return { leases: HostHandlers.leases };
  }
  @Handle(contracts.readGuestAddresses)
  addresses() {
    return contracts.readGuestAddresses.replyExample;
  }
  @Handle(contracts.readHostStats)
  stats({ uuids }: contracts.HostStatsQuestion) {
    return { records: uuids.map((uuid) => ({ uuid, stats: { 'cpu.time': 7 } })) };
  }
  /** A picture of seven bytes, three at a time. */
  @Handle(contracts.takeHostScreenshot)
  screenshot({ offset = 0, id = 'p1' }: contracts.HostScreenshotQuestion) {
    const data = Buffer.from('PICTURE')
      .subarray(offset, offset + 3)
      .toString('base64');
    return { id, mimeType: 'image/png', bytes: 7, offset, data };
  }
  /** Every pool is there and has room; a volume is nothing but what is said of it. */
  @Handle(contracts.lookAtHostPool)
  async lookAtPool({ uuid, path }: contracts.HostPool) {
    const record = { ...contracts.hostPools.example, hostId, uuid, path };
    return { revision: await HostHandlers.bus.bucket(contracts.hostPools).put({ hostId, uuid }, record), volumes: [] };
  }
  @Handle(contracts.makeHostVolume)
  async makeVolume({ uuid: pool, xml }: contracts.MakeHostVolume) {
    const name = /<name>(.*)<\/name>/.exec(xml)?.[1] ?? '';
    const record = { ...contracts.volumeRecords.example, hostId, pool, name, xml };
    return {
      revision: await HostHandlers.bus.bucket(contracts.volumeRecords).put({ hostId, pool, name: contracts.tokenFromName(name) }, record),
      volumes: [name],
    };
  }
  /** Every link is there. */
  @Handle(contracts.makeHostBinding)
  async makeBinding({ portDev, xml }: contracts.MakeHostBinding) {
    const [, filter = ''] = /filterref filter='([^']*)'/.exec(xml) ?? [];
    const record = { ...contracts.bindingRecords.example, hostId, portDev, filter, xml };
    return { revision: await HostHandlers.bus.bucket(contracts.bindingRecords).put(keyOfLink(portDev), record) };
  }
  @Handle(contracts.removeHostBinding)
  async removeBinding({ portDev }: contracts.HostLink) {
    await HostHandlers.bus.bucket(contracts.bindingRecords).delete(keyOfLink(portDev));
    return { revision: 0 };
  }
  @Handle(contracts.buildHostPool)
  buildPool() {
    return {};
  }
  @Handle(contracts.removeHostPool)
  removePool() {
    return {};
  }
  @Handle(contracts.wipeHostVolume)
  async wipeVolume({ uuid: pool, volume: name }: contracts.HostVolume) {
    const key = { hostId, pool, name: contracts.tokenFromName(name) };
    const found = await HostHandlers.bus.bucket(contracts.volumeRecords).get(key);
    return { revision: found?.revision ?? 0 };
  }
  @Handle(contracts.resizeHostVolume)
  async resizeVolume({ uuid: pool, volume: name, capacity }: contracts.ResizeHostVolume) {
    const key = { hostId, pool, name: contracts.tokenFromName(name) };
    const bucket = HostHandlers.bus.bucket(contracts.volumeRecords);
    return { revision: await bucket.put(key, { ...contracts.volumeRecords.example, hostId, pool, name, capacity }) };
  }
  @Handle(contracts.removeHostVolume)
  async removeVolume({ uuid: pool, volume: name }: contracts.HostVolume) {
    await HostHandlers.bus.bucket(contracts.volumeRecords).delete({ hostId, pool, name: contracts.tokenFromName(name) });
    return { revision: 0 };
  }
  /** Every volume is one file, whose bytes are real. */
  @Handle(contracts.uploadHostVolume)
  async upload(order: contracts.OpenHostVolume) {
    const volume = { file: await open(HostHandlers.volume, 'r+'), path: order.volume };
    return { subject: await new VolumeSessions(HostHandlers.bus).upload(volume, order, async () => undefined) };
  }
  @Handle(contracts.downloadHostVolume)
  async download(order: contracts.OpenHostVolume) {
    const volume = { file: await open(HostHandlers.volume, 'r'), path: order.volume };
    return { subject: await new VolumeSessions(HostHandlers.bus).download(volume, order) };
  }
  @Handle(contracts.openGraphics)
  graphics() {
    return echo((text) => `RFB ${text}`);
  }
}
@Module({ controllers: [HostHandlers] })
class HostModule {}

/** Far more than anybody is sent ahead, without a look at what has been taken. */
export const FLOOD_BYTES = 64 * 1024 * 1024;
function flood(subject: string): void {
  const chunk = Buffer.alloc(32 * 1024, 'x');
  for (let sent = 0; sent < FLOOD_BYTES; sent += chunk.length) HostHandlers.bus.publishBytes(subject, chunk);
}

function echo(answer: (text: string) => string): { subject: string } {
  const subject = `virtbus.v1.console.${randomUUID()}`;
  const { bus } = HostHandlers;
  bus.subscribeBytes(`${subject}.in`, ({ bytes }) => {
    const text = Buffer.from(bytes).toString('utf8');
    if (text === 'flood') flood(`${subject}.out`);
    else if (text === 'bye') bus.publishBytes(`${subject}.out`, new Uint8Array());
    else if (text !== '') bus.publishBytes(`${subject}.out`, Buffer.from(answer(text)));
  });
  return { subject };
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

export interface HttpWish {
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | object;
}

const headersOf = ({ token, headers = {} }: HttpWish, text: string | undefined): Record<string, string> => ({
  ...(text === undefined
    ? {}
    : { 'content-type': text.startsWith('<') ? 'application/xml' : 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
  ...(token ? { authorization: `Bearer ${token}` } : {}),
  ...headers,
});

const answerOf = ({ statusCode = 0, headers }: IncomingMessage, text: string): HttpAnswer => {
  const isJson = String(headers['content-type']).includes('json');
  return { status: statusCode, headers, text, json: isJson ? (JSON.parse(text || '{}') as Record<string, unknown>) : {} };
};

export class RestFleet {
  private constructor(
    readonly nats: TestNats,
    readonly api: RunningApi,
    readonly bus: Bus,
    readonly hostBus: Bus,
    private readonly services: readonly RunningService[],
    readonly directory: string,
  ) {}

  /** @param tls what its gateway shows over TCP; HTTP in clear when absent */
  static async start(tls?: { readonly cert: string; readonly key: string }): Promise<RestFleet> {
    const nats = await startTestNats();
    const directory = await mkdtemp(join(tmpdir(), 'vbr-'));
    const common = { servers: nats.url, signals: false, log: recordedLog() };
    const api = await startApi({
      ...common,
      rpc: {},
      rest: { socket: join(directory, 'rest.sock'), tcp: { host: '127.0.0.1', port: 0 }, ...(tls ? { tls } : {}) },
    });
    const scheduler = await createService(SchedulerModule, { ...common, service: 'scheduler' });
    const netd = await startNetd(common);
    const host = await createService(HostModule, { ...common, service: 'host-agent', tokens: { hostId } });
    HostHandlers.bus = host.bus;
    HostHandlers.volume = join(directory, 'volume');
    await writeFile(HostHandlers.volume, '');
    return new RestFleet(nats, api, scheduler.bus, host.bus, [api, scheduler, netd, host], directory);
  }

  async stop(): Promise<void> {
    for (const service of this.services) await service.close();
    await this.nats.stop();
    await rm(this.directory, { recursive: true });
  }

  /** Another gateway of the same fleet, which whoever asks for it closes; for libvirt's clients, too, at a socket. */
  another(libvirtSocket?: string): Promise<RunningApi> {
    const common = { servers: this.nats.url, signals: false, log: recordedLog() };
    const rpc = libvirtSocket === undefined ? {} : { socket: { path: libvirtSocket, mode: 0o600 } };
    return startApi({ ...common, rpc, rest: { tcp: { host: '127.0.0.1', port: 0 } } });
  }

  get socket(): string {
    return join(this.directory, 'rest.sock');
  }

  /** Where the bytes are that every volume has. */
  get volume(): string {
    return HostHandlers.volume;
  }

  get url(): string {
    return this.api.rest.find((address) => address.startsWith('http')) ?? '';
  }

  /** Over the local socket, as root; with a token over TCP. */
  call(line: string, wish: HttpWish = {}): Promise<HttpAnswer> {
    const [method = 'GET', path = '/'] = line.split(' ');
    const { hostname, port } = new URL(this.url);
    const place = wish.token === undefined ? { socketPath: this.socket } : { host: hostname, port };
    const text = wish.body === undefined || typeof wish.body === 'string' ? wish.body : JSON.stringify(wish.body);
    return new Promise((resolve, reject) => {
      const sent = request({ ...place, method, path, headers: headersOf(wish, text), agent: false }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => resolve(answerOf(response, Buffer.concat(parts).toString('utf8'))));
      });
      sent.on('error', reject);
      sent.end(text);
    });
  }

  async token(rights: object): Promise<string> {
    const { json } = await this.call('POST /v1/tokens', { body: { name: 'test', ...rights } });
    return String(json['token']);
  }

  /** As netd would: an interface has its port on a network. */
  async port({ network, ...wanted }: { id: string; network: string; domain: string; domainName: string }): Promise<void> {
    const { json } = await this.call(`GET /v1/networks/${network}`);
    const record = { ...contracts.portRecords.example, ...wanted, network, networkUuid: String(json['uuid']), hostId };
    const netd = await Bus.connect({ servers: this.nats.url, name: 'netd', owner: 'netd', provision: false });
    await netd.bucket(contracts.portRecords).put({ networkUuid: record.networkUuid, mac: record.mac.replaceAll(':', '') }, record);
    await netd.drain();
    const { mac, networkUuid: uuid } = record;
    HostHandlers.leases = [{ hostId, mac, expiry: 0, protocol: 'ipv4', address: '10.9.0.9', prefix: 24, hostname: wanted.domainName }];
    await this.hostBus.bucket(contracts.hostNetworks).put({ hostId, uuid }, { ...contracts.hostNetworks.example, hostId, uuid });
  }

  /** As its host would tell it: the domain runs. */
  async run(uuid: string, name: string, live: Partial<contracts.DomainState> = {}): Promise<void> {
    await this.bus.bucket(contracts.placements).put({ uuid }, { uuid, hostId, epoch: 1, commandId: 'test' });
    const state = {
      uuid,
      name,
      hostId,
      epoch: 1,
      state: 'running',
      reason: 'booted',
      id: 7,
      since: '2026-11-21T10:00:00Z',
      interfaces: [],
    } as const;
    await this.hostBus.bucket(contracts.domainStatesBucket).put({ uuid }, { ...state, interfaces: [], ...live });
  }
}

export const domainXml = (name: string, more = '', uuid = ''): string =>
  `<domain type='qemu'><name>${name}</name>${uuid && `<uuid>${uuid}</uuid>`}<memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type>hvm</type></os><devices>${more}</devices></domain>`;
export const networkXml = (name: string): string => `<network><name>${name}</name></network>`;
