import * as contracts from '@virtbus/contracts';
import { definitionOf } from '../domain-xml.js';
import type { DomainHandle } from '../handles.js';
import { impact, reachOf } from '../impact.js';
import { invalidArgument, invalidOperation, noAgent, refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

const MAXIMUM = 4;
const GUEST = 8;

interface MemoryChange {
  readonly dom: DomainHandle;
  readonly memory: bigint;
  readonly flags: number;
}

async function setMemory({ dom, memory, flags }: MemoryChange, { known, orders }: Session): Promise<object> {
  const { record } = await known.domain(dom);
  if (memory <= 0n || memory > BigInt(Number.MAX_SAFE_INTEGER)) throw invalidArgument('memory must be greater than zero');
  const maximum = (flags & MAXIMUM) !== 0 ? { maximum: true } : {};
  await orders.run(contracts.setDomainMemory, { domain: record.uuid, memoryKiB: Number(memory), ...maximum, ...reachOf(flags) });
  return {};
}

async function setVcpus(dom: DomainHandle, nvcpus: number, flags: number, { known, orders }: Session): Promise<object> {
  const { record } = await known.domain(dom);
  if (nvcpus === 0) throw invalidArgument('nvcpus must not be zero');
  const maximum = (flags & MAXIMUM) !== 0 ? { maximum: true } : {};
  await orders.run(contracts.setDomainVcpus, { domain: record.uuid, vcpus: nvcpus, ...maximum, ...reachOf(flags) });
  return {};
}

async function countVcpus(dom: DomainHandle, flags: number, { known }: Session): Promise<number> {
  const domain = await known.domain(dom);
  if ((flags & impact.live) !== 0 && !domain.active) throw invalidOperation('domain is not running');
  const { vcpu } = definitionOf(domain, (flags & impact.config) !== 0);
  return (flags & MAXIMUM) !== 0 ? vcpu.value : (vcpu.current ?? vcpu.value);
}

/** How much memory and how many processors a domain has, and may have. */
export const domainSize: RemoteHandlers = {
  domain_set_memory: ({ dom, memory }, session) => setMemory({ dom, memory, flags: impact.live }, session),
  domain_set_max_memory: ({ dom, memory }, session) => setMemory({ dom, memory, flags: MAXIMUM }, session),
  domain_set_memory_flags: ({ dom, memory, flags }, session) => {
    refuseOtherFlags(flags, impact.both | MAXIMUM, 'domain_set_memory_flags');
    return setMemory({ dom, memory, flags }, session);
  },
  domain_set_vcpus: ({ dom, nvcpus }, session) => setVcpus(dom, nvcpus, impact.live, session),
  domain_set_vcpus_flags: ({ dom, nvcpus, flags }, session) => {
    refuseOtherFlags(flags, impact.both | MAXIMUM, 'domain_set_vcpus_flags');
    return setVcpus(dom, nvcpus, flags, session);
  },
  domain_get_max_vcpus: async ({ dom }, session) => ({ num: await countVcpus(dom, MAXIMUM, session) }),
  domain_get_vcpus_flags: async ({ dom, flags }, session) => {
    refuseOtherFlags(flags, impact.both | MAXIMUM | GUEST, 'domain_get_vcpus_flags');
    if ((flags & GUEST) !== 0) throw noAgent();
    return { num: await countVcpus(dom, flags, session) };
  },
};
