import { parseCpuset, type DomainDef } from '@virtbus/libvirt-xml';
import { ioThreadsOf } from '../machine/processors.js';
import { cellsOf } from '../machine/memory-size.js';
import { contradiction, firstRepeated, type DomainCheck } from './finding.js';

const countOfVcpus: DomainCheck = ({ vcpu }) =>
  (vcpu.current ?? 0) > vcpu.value ? { says: 'there are more vcpus now than there can be at most', at: '/vcpu' } : undefined;

const eachVcpu: DomainCheck = ({ vcpu, vcpus }) => {
  const outside = vcpus?.vcpu.find(({ id }) => id >= vcpu.value);
  if (outside) return contradiction(`vcpu ${outside.id} is past the greatest number of vcpus`, '/vcpus');
  const first = vcpus?.vcpu.find(({ id }) => id === 0);
  return first && !first.enabled ? { says: 'vcpu 0 cannot be off', at: '/vcpus' } : undefined;
};

const topologyFits: DomainCheck = ({ vcpu, cpu }) => {
  const shape = cpu?.topology;
  if (!shape) return undefined;
  const count = shape.sockets * shape.dies * shape.cores * shape.threads;
  return count === vcpu.value ? undefined : { says: `the topology has ${count} processors, the guest ${vcpu.value}`, at: '/cpu/topology' };
};

const cellVcpus = (domain: DomainDef): readonly (readonly number[])[] =>
  cellsOf(domain).map(({ cpus }) => (cpus === undefined ? [] : (parseCpuset(cpus) ?? [])));

const cellsFit: DomainCheck = (domain) => {
  const cells = cellVcpus(domain);
  if (firstRepeated(cells.flat()) !== undefined) return { says: 'a vcpu belongs to one NUMA cell only', at: '/cpu/numa' };
  const outside = cells.flat().some((vcpu) => vcpu >= domain.vcpu.value);
  return outside ? { says: 'a NUMA cell has a vcpu that the guest does not have', code: 'INTERNAL_ERROR', at: '/cpu/numa' } : undefined;
};

const nodesNeedCells: DomainCheck = (domain) =>
  (domain.numatune?.memnode.length ?? 0) > 0 && cellsOf(domain).length === 0
    ? contradiction('memory of NUMA cells is bound, but there are no cells', '/numatune/memnode')
    : undefined;

const cacheMode: DomainCheck = ({ cpu }) => {
  const cache = cpu?.cache;
  if (!cache) return undefined;
  const at = '/cpu/cache';
  const ofHost = cpu.mode === 'host-passthrough' || cpu.mode === 'maximum';
  if (cache.mode === 'passthrough' && !ofHost) return { says: "the host's cache fits only the host's own processor", at };
  if (cache.mode === 'emulate' && cache.level !== 3) return { says: 'only a cache of level 3 is emulated', at };
  return cache.mode !== 'emulate' && cache.level !== undefined
    ? { says: 'the level means something for an emulated cache only', at }
    : undefined;
};

const addressBits: DomainCheck = ({ cpu }) => {
  const given = cpu?.maxphysaddr;
  if (given?.mode !== 'emulate') return undefined;
  if (given.bits === undefined) return { says: 'emulated physical addresses need a number of bits', at: '/cpu/maxphysaddr' };
  return given.limit === undefined ? undefined : { says: "a limit is for the host's own number of bits", at: '/cpu/maxphysaddr' };
};

const distinctThreads: DomainCheck = ({ iothreadids }) => {
  const repeated = firstRepeated((iothreadids?.iothread ?? []).map(({ id }) => id));
  return repeated === undefined ? undefined : contradiction(`there are two iothreads ${repeated}`, '/iothreadids');
};

const pinnedThreads: DomainCheck = (domain) => {
  const known = ioThreadsOf({ domain }).map(({ id }) => id);
  const pinned = domain.cputune?.iothreadpin.find(({ iothread }) => !known.includes(iothread));
  return pinned && { says: `there is no iothread ${pinned.iothread} to pin`, at: '/cputune/iothreadpin' };
};

export const processorChecks: readonly DomainCheck[] = [
  countOfVcpus,
  eachVcpu,
  topologyFits,
  cellsFit,
  nodesNeedCells,
  cacheMode,
  addressBits,
  distinctThreads,
  pinnedThreads,
];
