/** Rules about processors and memory. */
import { parseCpuset } from '../formats/cpuset.js';
import type { DomainDef } from '../domain/domain.js';
import { iothreadIds } from './facts.js';
import { memoryDeviceRules } from './memory-devices.js';
import { processorRules } from './processors.js';
import { banned, repeated, type Ban, type Rule } from './rule.js';

const memory: readonly Ban<DomainDef>[] = [
  {
    at: 'maxMemory',
    when: ({ maxMemory, cpu }) => maxMemory !== undefined && cpu?.numa === undefined,
    words: 'At least one numa node has to be configured when enabling memory hotplug',
  },
  {
    at: 'memtune/min_guarantee',
    when: ({ memtune }) => memtune?.minGuarantee !== undefined,
    words: "Parameter 'min_guarantee' not supported by QEMU.",
  },
  {
    at: 'memoryBacking',
    when: ({ memoryBacking }) => memoryBacking?.hugepages !== undefined && memoryBacking.allocation?.mode === 'ondemand',
    words: 'hugepages are not allowed with memory allocation ondemand',
  },
];

/** Nodes that pages are asked for and that the guest does not have. */
function lostNodes({ memoryBacking, cpu }: DomainDef): readonly number[] {
  const count = Math.max(1, cpu?.numa?.cell.length ?? 0);
  const pages = memoryBacking?.hugepages?.page ?? [];
  return pages.flatMap(({ nodeset }) => (nodeset === undefined ? [] : (parseCpuset(nodeset) ?? []))).filter((node) => node >= count);
}

const lostPins = (def: DomainDef): readonly number[] =>
  (def.cputune?.iothreadpin ?? []).map(({ iothread }) => iothread).filter((id) => !iothreadIds(def).includes(id));

const pools = ({ iothreadids, defaultiothread }: DomainDef) => [
  ...(iothreadids?.iothread ?? []),
  ...(defaultiothread ? [defaultiothread] : []),
];

const weighed = ({ blkiotune }: DomainDef): string | undefined => repeated((blkiotune?.device ?? []).map(({ path }) => path))?.value;

/** Caches that one group of processors is given twice. */
function givenTwice({ cputune }: DomainDef): string | undefined {
  const given = (cputune?.cachetune ?? []).flatMap(({ cache }) =>
    cache.map(({ level, id, type }) => `cache level '${level}' id '${id}', type '${type}'`),
  );
  return repeated(given)?.value;
}

const tuning: readonly Ban<DomainDef>[] = [
  {
    at: 'blkiotune',
    when: (def) => weighed(def) !== undefined,
    words: (def) => `duplicate blkio device path '${weighed(def)}'`,
  },
  {
    at: 'cputune/cachetune',
    code: 'XML_ERROR',
    when: (def) => givenTwice(def) !== undefined,
    words: (def) => `Colliding cache allocations for ${givenTwice(def)}`,
  },
  {
    at: 'memoryBacking/hugepages/page',
    code: 'XML_DETAIL',
    when: (def) => lostNodes(def).length > 0,
    words: (def) => `hugepages: node ${lostNodes(def)[0]} not found`,
  },
  {
    at: 'iothreadids',
    when: (def) => pools(def).some(({ threadPoolMin = -1, threadPoolMax = -1 }) => threadPoolMin > threadPoolMax),
    words: 'thread_pool_min must be smaller or equal to thread_pool_max',
  },
  {
    at: 'cputune/iothreadpin',
    when: (def) => lostPins(def).length > 0,
    words: (def) => `Cannot find 'iothread' : ${lostPins(def)[0]}`,
  },
  {
    at: 'cputune/cachetune',
    when: ({ type, cputune }) => type !== 'kvm' && (cputune?.cachetune ?? []).length > 0,
    words: 'cachetune is only supported for KVM domains',
  },
  {
    at: 'cputune/memorytune',
    when: ({ type, cputune }) => type !== 'kvm' && (cputune?.memorytune ?? []).length > 0,
    words: 'memorytune is only supported for KVM domains',
  },
];

export const resourceRules: readonly Rule[] = [...processorRules, ...memoryDeviceRules, banned(memory), banned(tuning)];
