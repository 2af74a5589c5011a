/** A fleet for unit tests of who sees what: its objects are there or not, or belong to one project or another. */
import {
  createNwfilterBinding,
  downloadHostVolume,
  openConsole,
  openGraphics,
  uploadHostVolume,
  type AuditRecord,
  type CommandContract,
  type RequestContract,
} from '@virtbus/contracts';
import type { Call, Client, ServerStream, StreamListener } from '@virtbus/libvirt-rpc';
import type { Download, Upload } from '@virtbus/messaging';
import { Authenticator } from '../access/authenticator.js';
import { Gate } from '../access/gate.js';
import type { Caller, Identity } from '../access/index.js';
import { RateLimits } from '../access/rate-limits.js';
import { FleetMemory } from '../fleet.memory.js';
import { Sight } from '../sight.js';
import type { BusOrders } from './adapters/bus-orders.js';
import { AdmittedOrders, Door } from './door.js';
import { alwaysFresh, Known } from './known.js';
import { memoryViews } from './private-fleet/memory-view.js';
import { Session, type Gateway } from './session.js';
import { domainRecord, domainState, uuidOf } from './testing.js';

const MAC = '52:54:00:00:00:07';
const actual = { type: 'network', bridge: 'virbr0', isolated: false, trustGuestRxFilters: false } as const;
/** Every object of the one that is looked for has this name and this UUID, so that any handle is of all of them. */
export const wanted = { name: 'wanted', uuid: uuidOf(7), id: 107, portdev: 'vnet7', port: uuidOf(77), path: '/wanted' } as const;
/** Nobody's in particular: in every fleet. */
export const shared = { network: { name: 'lab', uuid: uuidOf(50) }, pool: { name: 'images', uuid: uuidOf(51) } } as const;

const network = (of: { readonly name: string; readonly uuid: string }) => ({
  ...of,
  xml: `<network><name>${of.name}</name></network>`,
  persistent: true,
  autostart: false,
  active: true,
  activation: 1,
  bridge: 'virbr0',
});
const pool = (of: { readonly name: string; readonly uuid: string }) => ({
  ...of,
  path: `/${of.name}`,
  hostId: 'host-a',
  xml: `<pool type='dir'><name>${of.name}</name><target><path>/${of.name}</path></target></pool>`,
  persistent: true,
  autostart: false,
  active: true,
});
const volume = (poolUuid: string) => ({
  ...{ hostId: 'host-a', pool: poolUuid, name: wanted.name, type: 'file', format: 'raw', xml: '<volume/>' },
  ...{ capacity: 1, allocation: 1, physical: 1 },
});

export interface Entry extends Partial<AuditRecord> {
  readonly what: 'audited' | 'sent' | 'settled';
}

/** @param project whose the wanted objects are; `undefined`: there are none */
export class TenantWorld {
  readonly views = memoryViews();
  readonly memory = new FleetMemory(this.views);
  readonly sent: string[] = [];
  readonly audited: AuditRecord[] = [];
  /** What was audited, sent and said of its end, in its order. */
  readonly journal: Entry[] = [];
  readonly told: unknown[] = [];

  constructor(private readonly project: string | undefined) {
    this.views.networks.put({ uuid: shared.network.uuid }, network(shared.network));
    this.addPool(shared.pool);
    if (project === undefined) return;
    const { uuid, name } = wanted;
    this.views.secrets.put({ uuid }, { uuid, usageType: 'iscsi', usageId: name, xml: '<secret/>', project });
    this.views.networks.put({ uuid }, { ...network({ uuid, name }), project });
    this.addPool({ uuid, name }, project);
    this.addDomain(project);
  }

  /** A client's session on it. */
  session(identity: Identity): Session {
    const caller: Caller = { identity, via: 'rpc', from: '192.0.2.7' };
    const gate = this.gate();
    const door = new Door(gate, caller, this.memory);
    const line = { send: async () => undefined, onBytes: () => undefined, ended: Promise.resolve(), close: async () => undefined };
    const gateway: Gateway = {
      known: new Known(this.memory, alwaysFresh, new Sight(caller, this.memory)),
      orders: new AdmittedOrders(this.fleet(), gate, caller, this.memory),
      admit: (call) => door.admit(call),
      tellRefused: (procedure, object, refusal) => door.tellRefused(procedure, object, refusal),
      openLine: ({ uuid }) =>
        door.open(openConsole, uuid, async () => {
          this.reaches(openConsole, uuid);
          return line;
        }),
      screenOf: async () => undefined,
      openScreen: (uuid) =>
        door.open(openGraphics, uuid, async () => {
          this.reaches(openGraphics, uuid);
          return -1;
        }),
      usage: async () => ({ cpuTime: 7n, memoryKiB: 65_000n }),
      hostname: 'gate.example',
      uuid: uuidOf(999),
      events: { add: () => undefined, remove: () => undefined },
      monitors: { add: async () => () => undefined },
    };
    const session = new Session(this.client, gateway);
    session.opened = true;
    return session;
  }

  /** The clients' side of the streams that were opened. */
  readonly streams: StreamListener[] = [];
  /** What waits for the reply. */
  readonly afterReply: (() => void)[] = [];
  readonly call: Call = {
    openStream: () => {
      const listen = (listener: StreamListener) => void this.streams.push(listener);
      const nothing = async () => undefined;
      return { listen, send: nothing, endOfData: nothing, abort: nothing } as unknown as ServerStream;
    },
    afterReply: (act) => void this.afterReply.push(act),
    passDescriptors: () => undefined,
  };

  private readonly client: Client = {
    identity: { name: 'tenant', by: 'sasl' },
    takesDescriptors: true,
    send: (_, message) => void this.told.push(message),
    ping: () => undefined,
    close: () => undefined,
  };

  private gate(): Gate {
    const limits = new RateLimits(() => 0);
    return new Gate({
      authenticator: new Authenticator({ tokens: { get: () => undefined, named: () => [] }, issuers: [], limits }),
      limits,
      imageRoots: [],
      pools: () => this.memory.storage.pools(),
      network: (reference) => this.memory.network(reference) ?? this.memory.networkNamed(reference),
      domain: (uuid) => this.memory.domain(uuid)?.record,
      secret: () => undefined,
      publish: async (record) => {
        this.audited.push(record);
        this.journal.push({ what: 'audited', ...record });
      },
      settle: async ({ commandId, contract }, refusal) => {
        this.journal.push({ what: 'settled', commandId, call: contract.subject, ...(refusal && { code: refusal.code }) });
      },
      now: () => '2026-11-21T10:00:00.000Z',
    });
  }

  private addPool(of: { readonly name: string; readonly uuid: string }, project?: string): void {
    this.views.pools.put({ uuid: of.uuid }, { ...pool(of), ...(project === undefined ? {} : { project }) });
    const room = {
      hostId: 'host-a',
      uuid: of.uuid,
      path: `/${of.name}`,
      capacity: 9,
      allocation: 1,
      available: 8,
      mode: '0755',
      owner: 0,
      group: 0,
    };
    this.views.hostPools.put({ hostId: 'host-a', uuid: of.uuid }, { ...room, updatedAt: '' } as never);
    this.views.volumes.put({ hostId: 'host-a', pool: of.uuid, name: wanted.name }, volume(of.uuid) as never);
  }

  private addDomain(project: string): void {
    const { uuid, name, id, port } = wanted;
    this.views.domains.put({ uuid }, domainRecord(7, { name, project }));
    this.views.placements.put({ uuid }, { uuid, epoch: 1, hostId: 'host-a', commandId: 'c' });
    const plugged = { id: port, network: shared.network.name, networkUuid: shared.network.uuid, mac: MAC, actual };
    const interfaces = [{ alias: 'net0', mac: MAC, type: 'network', target: wanted.portdev, source: 'lab', port: plugged }] as const;
    this.views.states.put({ uuid }, domainState(7, { name, id, interfaces: [...interfaces] }));
    const byHand = { owner: { name, uuid }, project, commandId: 'c' };
    const record = { ...plugged, domain: uuidOf(78), domainName: name, hostId: 'host-a', epoch: 1, allocatedAt: '', byHand };
    this.views.ports.put({ networkUuid: shared.network.uuid, mac: MAC.replaceAll(':', '') }, record);
    this.views.ports.put({ networkUuid: uuid, mac: MAC.replaceAll(':', '') }, { ...record, network: name, networkUuid: uuid });
  }

  private reaches({ subject }: { readonly subject: string }, payload: unknown, commandId?: string): void {
    this.sent.push(`${subject} ${JSON.stringify(payload)}`);
    this.journal.push({ what: 'sent', call: subject, ...(commandId === undefined ? {} : { commandId }) });
  }

  /** What the services and the hosts answer of the wanted objects, and that every command succeeds. */
  private fleet(): BusOrders {
    const run = async (contract: CommandContract, payload: object, commandId: string): Promise<object> => {
      this.reaches(contract, payload, commandId);
      return { uuid: wanted.uuid, name: wanted.name, output: '{"return":{}}' };
    };
    const ask = async ({ subject }: RequestContract): Promise<object> => {
      if (subject.startsWith('virtbus.v1.req.secret.')) this.journal.push({ what: 'sent', call: subject });
      const [, , , resource = '', verb = ''] = subject.split('.');
      return this.project === undefined ? (nothing[verb] ?? {}) : (answers[`${resource}.${verb}`] ?? {});
    };
    const askHost = async (contract: RequestContract, payload: object): Promise<object> => {
      this.reaches(contract, payload);
      return volume(wanted.uuid);
    };
    const nothingMore = async (): Promise<void> => undefined;
    const upload = async (part: object): Promise<Upload> => {
      this.reaches(uploadHostVolume, part);
      return { send: nothingMore, sendHole: nothingMore, finish: nothingMore, abort: nothingMore };
    };
    const download = async (part: object): Promise<Download> => {
      this.reaches(downloadHostVolume, part);
      return { done: Promise.resolve(), abort: nothingMore };
    };
    const ofPool = (_: unknown, contract: RequestContract, payload: object) => askHost(contract, payload);
    return { run, ask, askHost: ofPool, upload, download } as never;
  }
}

const lease = { hostId: 'host-a', expiry: 99, mac: MAC, protocol: 'ipv4', address: '10.7.0.12', prefix: 24, hostname: 'guest' };
const owner = { mac: MAC, domain: wanted.uuid, domainName: wanted.name, hostId: 'host-a' };

/** No project's, and in every fleet. */
const filters = { filters: [{ name: wanted.name, uuid: wanted.uuid }] };
/** A filter that nobody asks for. */
const another = { xml: `<filter name='another'><uuid>${uuidOf(77)}</uuid></filter>` };

const answers: Readonly<Record<string, object>> = {
  'network.leases': { leases: [lease] },
  'network.ports': { ports: [{ uuid: wanted.port, ...owner }] },
  'network.portxml': { xml: '<networkport/>' },
  'nwfilter.bindings': { bindings: [{ portDev: wanted.portdev, filter: 'clean', ...owner }] },
  'nwfilter.binding': { xml: createNwfilterBinding.example.xml },
  'nwfilter.list': filters,
  'nwfilter.xml': another,
  'domain.addresses': { interfaces: [{ name: wanted.portdev, mac: MAC, addresses: [] }] },
  'domain.stats': {
    records: [{ uuid: wanted.uuid, stats: { 'vcpu.0.time': 7, 'cpu.time': 7, 'net.count': 1, 'net.0.name': wanted.portdev } }],
  },
  'secret.value': { value: '' },
  'domain.screenshot': { id: 'p', mimeType: 'image/png', bytes: 0, offset: 0, data: '' },
};
const nothing: Readonly<Record<string, object>> = {
  leases: { leases: [] },
  ports: { ports: [] },
  bindings: { bindings: [] },
  list: filters,
  xml: another,
  stats: { records: [] },
  value: { value: '' },
};
