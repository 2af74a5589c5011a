import * as contracts from '@virtbus/contracts';
import { stateNumbers, type DomainStats, type PayloadOf, type ReplyOf, type RequestContract, type StatsGroup } from '@virtbus/contracts';
import { type NetDef } from '@virtbus/libvirt-xml';
import type { FleetMemory, KnownDomain } from '../../fleet.memory.js';
import { definitionOf } from '../domain-xml.js';
import type { GuestUsage } from '../guest-usages.js';
import { firstAddress } from './fixture-table.js';
import { NotSimulated } from './not-simulated.js';

type Answer = (payload: never) => object;
type Stats = DomainStats['stats'];

const on = <C extends RequestContract>(contract: C, answer: (payload: PayloadOf<C>) => ReplyOf<C>): [string, Answer] => [
  contract.subject,
  answer,
];

const NS_PER_MS = 1_000_000;
const BYTES_PER_MS = 100;
const BYTES_PER_PACKET = 1000;
const DISK_BYTES = 1024 ** 4;

/** What hosts would be asked. Guests are always busy: every counter rises with the time since they were started. */
export class PrivateQuestions {
  private readonly table: ReadonlyMap<string, Answer> = new Map([
    on(contracts.getDomainStats, ({ domains = [], groups }) => ({
      records: domains.flatMap((reference) => {
        const domain = this.memory.domain(reference);
        return domain ? [{ uuid: domain.record.uuid, name: domain.record.name, stats: this.statsOf(domain, groups) }] : [];
      }),
    })),
    on(contracts.getDomainAddresses, ({ domain: reference }) => {
      const domain = this.memory.domain(reference);
      return { interfaces: domain ? definitionOf(domain, false).devices.interface.map(addressed) : [] };
    }),
  ]);

  constructor(
    private readonly memory: FleetMemory,
    private readonly now: () => string,
  ) {}

  /** @throws NotSimulated */
  async answer<C extends RequestContract>(contract: C, payload: PayloadOf<C>): Promise<ReplyOf<C>> {
    const answer = this.table.get(contract.subject);
    if (!answer) throw new NotSimulated(contract.subject);
    return answer(payload as never) as ReplyOf<C>;
  }

  usage(uuid: string): GuestUsage {
    const domain = this.memory.domain(uuid);
    return { cpuTime: domain ? BigInt(this.busyMs(domain) * NS_PER_MS) : 0n };
  }

  private busyMs({ runtime }: KnownDomain): number {
    return runtime ? Math.max(0, Date.parse(this.now()) - Date.parse(runtime.since)) : 0;
  }

  private statsOf(domain: KnownDomain, groups: readonly StatsGroup[] | undefined): Stats {
    const { state, reason } = domain;
    const { number, reasons } = stateNumbers[state];
    const known: Readonly<Record<string, number>> = reasons;
    const ms = this.busyMs(domain);
    const { devices, vcpu, currentMemory = 0, memory } = definitionOf(domain, false);
    const online = vcpu.current ?? vcpu.value;
    const counted: Record<StatsGroup, () => Stats> = {
      state: () => ({ 'state.state': number, 'state.reason': known[reason] ?? 0 }),
      'cpu-total': () => ({ 'cpu.time': ms * NS_PER_MS, 'cpu.user': (ms * NS_PER_MS) / 2, 'cpu.system': (ms * NS_PER_MS) / 2 }),
      balloon: () => ({
        'balloon.current': currentMemory,
        'balloon.maximum': memory?.value ?? currentMemory,
        'balloon.rss': currentMemory,
      }),
      vcpu: () => ({
        'vcpu.current': online,
        'vcpu.maximum': vcpu.value,
        ...numbered(Array.from({ length: online }), 'vcpu', () => ({ state: 1, time: Math.floor((ms * NS_PER_MS) / online) })),
      }),
      interface: () => ({ 'net.count': devices.interface.length, ...numbered(devices.interface, 'net', (net) => trafficOf(net, ms)) }),
      block: () => ({
        'block.count': devices.disk.length,
        ...numbered(devices.disk, 'block', ({ target }) => ({ name: target.dev ?? '', ...worked(ms) })),
      }),
    };
    const wanted = groups ?? (Object.keys(counted) as StatsGroup[]);
    return Object.assign(
      {},
      ...(domain.active ? wanted : wanted.filter((group) => group === 'state')).map((group) => counted[group]()),
    ) as Stats;
  }
}

const numbered = <T>(all: readonly T[], kind: string, fields: (one: T) => Stats): Stats =>
  Object.fromEntries(
    all.flatMap((one, index) => Object.entries(fields(one)).map(([field, value]) => [`${kind}.${index}.${field}`, value])),
  );

function trafficOf({ target }: NetDef, ms: number): Stats {
  const bytes = ms * BYTES_PER_MS;
  const pkts = Math.floor(bytes / BYTES_PER_PACKET);
  const way = (direction: 'rx' | 'tx'): Stats => ({
    [`${direction}.bytes`]: bytes,
    [`${direction}.pkts`]: pkts,
    [`${direction}.errs`]: 0,
    [`${direction}.drop`]: 0,
  });
  return { name: target?.dev ?? '', ...way('rx'), ...way('tx') };
}

const worked = (ms: number): Stats => ({
  'rd.reqs': ms,
  'rd.bytes': ms * BYTES_PER_MS,
  'wr.reqs': ms,
  'wr.bytes': ms * BYTES_PER_MS,
  allocation: DISK_BYTES,
  capacity: DISK_BYTES,
  physical: DISK_BYTES,
});

/** The first guest's address is the one after the gateway's of the network that every private fleet begins with. */
function addressed({ target, mac }: NetDef, index: number): contracts.AddressedInterface {
  const [subnet, first] = firstAddress;
  return {
    name: target?.dev ?? '',
    ...contracts.defined({ mac: mac?.address }),
    addresses: [{ family: 'ipv4', address: `${subnet}.${first + index}`, prefix: 24 }],
  };
}
