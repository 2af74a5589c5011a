import * as contracts from '@virtbus/contracts';
import { formatCpuset, parseCpuset, type DomainDef } from '@virtbus/libvirt-xml';
import type { KnownDomain } from '../../fleet.memory.js';
import { cpuMap, processorsIn } from '../core/cpu-map.js';
import { fleetNode } from '../core/fleet-node.js';
import { definitionOf } from '../domain-xml.js';
import type { DomainHandle } from '../handles.js';
import { impact, reachOf } from '../impact.js';
import { invalidOperation, refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

/** virVcpuState: running. */
const VCPU_RUNNING = 1;
/** VIR_VCPU_INFO_CPU_UNAVAILABLE: on which processor it is at the moment is not asked of hosts. */
const CPU_UNAVAILABLE = -2;

/** How many processors there are to be pinned to: those of the domain's host, or of the fleet as one node. */
function processors({ hostId }: KnownDomain, { known }: Session): number {
  const { hosts } = known.memory.views;
  const own = hostId === undefined ? undefined : hosts.get({ hostId })?.value.cpus;
  return (
    own ??
    fleetNode(
      hosts.entries().map(({ value }) => value),
      [],
    ).cpus
  );
}

const everywhere = (count: number): readonly number[] => Array.from({ length: count }, (_, number) => number);
const numbers = (cpuset: string | undefined): readonly number[] | undefined => (cpuset === undefined ? undefined : parseCpuset(cpuset));

const pinOf = ({ cputune, vcpu }: DomainDef, number: number): readonly number[] | undefined =>
  numbers(cputune?.vcpupin.find((pin) => pin.vcpu === number)?.cpuset ?? vcpu.cpuset);

/** Those with an id of their own first; the others take the lowest that are left. */
function iothreadsOf({ iothreads = 0, iothreadids }: DomainDef): readonly number[] {
  const own = (iothreadids?.iothread ?? []).map(({ id }) => id);
  const others = everywhere(iothreads + own.length).map((number) => number + 1);
  const all = [...own, ...others.filter((id) => !own.includes(id))];
  return all.slice(0, Math.max(iothreads, own.length)).toSorted((a, b) => a - b);
}

const iothreadPin = ({ cputune, vcpu }: DomainDef, id: number): readonly number[] | undefined =>
  numbers(cputune?.iothreadpin.find((pin) => pin.iothread === id)?.cpuset ?? vcpu.cpuset);

const bytesFor = (all: readonly number[]): number => Math.ceil(all.length / 8);

interface Asked {
  readonly dom: DomainHandle;
  readonly maplen: number;
  readonly flags: number;
}

async function found({ dom, flags }: Pick<Asked, 'dom' | 'flags'>, session: Session) {
  const domain = await session.known.domain(dom);
  if ((flags & impact.live) !== 0 && !domain.active) throw invalidOperation('domain is not running');
  return { domain, definition: definitionOf(domain, (flags & impact.config) !== 0), all: everywhere(processors(domain, session)) };
}

async function times({ record }: KnownDomain, { orders }: Session): Promise<contracts.DomainStats['stats']> {
  const { records } = await orders.ask(contracts.getDomainStats, { domains: [record.uuid], groups: ['vcpu'] });
  return records[0]?.stats ?? {};
}

/** @throws Refusal as the fleet refuses */
async function putThread(
  dom: DomainHandle,
  wish: { readonly vcpu?: number; readonly cpumap: Uint8Array },
  flags: number,
  session: Session,
) {
  const { record } = await session.known.domain(dom);
  const { vcpu, cpumap } = wish;
  const where = { ...(vcpu === undefined ? {} : { vcpu }), cpuset: formatCpuset(processorsIn(cpumap)) };
  await session.orders.run(contracts.pinThread, { domain: record.uuid, pin: where, ...reachOf(flags) });
  return {};
}

/** On which processors a domain's threads may run. */
export const domainPins: RemoteHandlers = {
  domain_get_vcpus: async ({ dom, maxinfo, maplen }, session) => {
    const { domain, definition, all } = await found({ dom, flags: 0 }, session);
    if (!domain.active) throw invalidOperation('cannot retrieve vcpu information for inactive domain');
    const stats = await times(domain, session);
    const online = definition.vcpu.current ?? definition.vcpu.value;
    const info = everywhere(Math.min(online, maxinfo)).map((number) => ({
      number,
      state: VCPU_RUNNING,
      cpu_time: BigInt(Math.trunc(Number(stats[`vcpu.${number}.time`] ?? 0))),
      cpu: CPU_UNAVAILABLE,
    }));
    return { info, cpumaps: Buffer.concat(info.map(({ number }) => cpuMap(pinOf(definition, number) ?? all, maplen))) };
  },
  domain_pin_vcpu: ({ dom, vcpu, cpumap }, session) => putThread(dom, { vcpu, cpumap }, impact.live, session),
  domain_pin_vcpu_flags: ({ dom, vcpu, cpumap, flags }, session) => {
    refuseOtherFlags(flags, impact.both, 'domain_pin_vcpu_flags');
    return putThread(dom, { vcpu, cpumap }, flags, session);
  },
  domain_pin_emulator: ({ dom, cpumap, flags }, session) => {
    refuseOtherFlags(flags, impact.both, 'domain_pin_emulator');
    return putThread(dom, { cpumap }, flags, session);
  },
  domain_get_vcpu_pin_info: async ({ ncpumaps, ...args }, session) => {
    refuseOtherFlags(args.flags, impact.both, 'domain_get_vcpu_pin_info');
    const { definition, all } = await found(args, session);
    const vcpus = everywhere(Math.min(definition.vcpu.value, ncpumaps));
    return { cpumaps: Buffer.concat(vcpus.map((number) => cpuMap(pinOf(definition, number) ?? all, args.maplen))), num: vcpus.length };
  },
  domain_get_emulator_pin_info: async (args, session) => {
    refuseOtherFlags(args.flags, impact.both, 'domain_get_emulator_pin_info');
    const { definition, all } = await found(args, session);
    const pinned = numbers(definition.cputune?.emulatorpin?.cpuset ?? definition.vcpu.cpuset);
    return { cpumaps: cpuMap(pinned ?? all, args.maplen), ret: 1 };
  },
  domain_get_iothread_info: async ({ dom, flags }, session) => {
    refuseOtherFlags(flags, impact.both, 'domain_get_iothread_info');
    const { definition, all } = await found({ dom, flags }, session);
    const info = iothreadsOf(definition).map((id) => ({
      iothread_id: id,
      cpumap: cpuMap(iothreadPin(definition, id) ?? all, bytesFor(all)),
    }));
    return { info, ret: info.length };
  },
};
