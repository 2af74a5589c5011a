/** Rules about processors and memory. */
import { isQ35 } from '../assign/machine.js';
import { parseCpuset } from '../formats/cpuset.js';
import type { DomainDef } from '../domain/domain.js';
import { iothreadIds } from './facts.js';
import { banned, bannedFor, refusal, repeated, unsupported, type Ban, type Rule } from './rule.js';

/** How many processors interrupts can be sent to without extended mode. */
const LEGACY_CPUS = 255;

const processors: readonly Ban<DomainDef>[] = [
  { at: 'vcpu', code: 'XML_ERROR', when: ({ vcpu }) => vcpu.value === 0, words: 'Domain requires at least 1 vCPU' },
  {
    at: 'vcpus',
    when: ({ vcpus }) => vcpus?.vcpu.some(({ id, enabled }) => id === 0 && !enabled) === true,
    words: "vcpu 0 can't be offline",
  },
  {
    at: 'vcpu',
    when: ({ vcpu }) => (vcpu.current ?? 0) > vcpu.value,
    words: 'maximum vCPU count must not be less than current vCPU count',
  },
  {
    at: 'vcpu',
    when: (def) => isQ35(def) && def.vcpu.value > LEGACY_CPUS && def.devices.iommu?.driver?.eim !== true,
    words: `more than ${LEGACY_CPUS} vCPUs require extended interrupt mode enabled on the iommu device`,
  },
  {
    at: 'cpu/topology',
    when: ({ cpu, vcpu }) => {
      const { sockets, dies, cores, threads } = cpu?.topology ?? { sockets: vcpu.value, dies: 1, cores: 1, threads: 1 };
      return sockets * dies * cores * threads !== vcpu.value;
    },
    words: "CPU topology doesn't match maximum vcpu count",
  },
];

/** vcpus of the NUMA cells, each with its cell. */
const claimed = ({ cpu }: DomainDef) =>
  (cpu?.numa?.cell ?? []).flatMap(({ cpus = '', id }) => (cpus === '' ? [] : (parseCpuset(cpus) ?? [])).map((vcpu) => ({ vcpu, id })));

const cells: Rule = (def) => {
  const all = claimed(def);
  const again = repeated(all.map(({ vcpu }) => vcpu));
  if (again) {
    const first = all.find(({ vcpu }) => vcpu === again.value);
    return unsupported('cpu/numa', `NUMA cells ${all[again.index]?.id} and ${first?.id} have overlapping vCPU ids`);
  }
  const beyond = all.some(({ vcpu }) => vcpu >= def.vcpu.value);
  return beyond ? refusal('INTERNAL_ERROR', 'cpu/numa', 'Number of CPUs in <numa> exceeds the <vcpu> count') : undefined;
};

type MemoryDevice = DomainDef['devices']['memory'][number];

const memoryDevices: readonly Ban<MemoryDevice>[] = [
  { at: 'uuid', when: ({ model, uuid }) => model === 'nvdimm' && uuid !== undefined, words: 'UUID is not supported for NVDIMM device' },
  {
    when: (_, { maxMemory }) => maxMemory === undefined,
    words: "cannot use/hotplug a memory device when domain 'maxMemory' is not defined",
  },
  {
    at: 'address',
    when: (device, { maxMemory }) => (slotOf(device) ?? -1) >= (maxMemory?.slots ?? 0),
    words: (device, { maxMemory }) => `memory device slot '${slotOf(device)}' exceeds slots count '${maxMemory?.slots}'`,
  },
];

const slotOf = ({ address }: MemoryDevice): number | undefined => (address?.type === 'dimm' ? address.slot : undefined);

const memorySlots: Rule = ({ devices }) => {
  const again = repeated(devices.memory.map(slotOf));
  if (!again) return undefined;
  const words = `memory device slot '${again.value}' is already being used by another memory device`;
  return unsupported(`devices/memory[${again.index + 1}]/address`, words);
};

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

const tuning: readonly Ban<DomainDef>[] = [
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

export const resourceRules: readonly Rule[] = [
  banned(processors),
  cells,
  bannedFor('memory', memoryDevices),
  memorySlots,
  banned(memory),
  banned(tuning),
];
