/** Rules about processors and memory. */
import { parseCpuset } from '../formats/cpuset.js';
import { refusal, repeated, unsupported, type Rule } from './rule.js';

const vcpus: Rule = ({ vcpu, vcpus: single }) => {
  if (vcpu.value === 0) return refusal('XML_ERROR', 'vcpu', 'Domain requires at least 1 vCPU');
  if (single?.vcpu.some(({ id, enabled }) => id === 0 && !enabled)) return unsupported('vcpus', "vcpu 0 can't be offline");
  return (vcpu.current ?? 0) > vcpu.value ? unsupported('vcpu', 'maximum vCPU count must not be less than current vCPU count') : undefined;
};

const topology: Rule = ({ cpu, vcpu }) => {
  const given = cpu?.topology;
  const mismatch = given && given.sockets * given.dies * given.cores * given.threads !== vcpu.value;
  return mismatch ? unsupported('cpu/topology', "CPU topology doesn't match maximum vcpu count") : undefined;
};

const cells: Rule = ({ cpu, vcpu }) => {
  const all = (cpu?.numa?.cell ?? []).flatMap(({ cpus, id }) => (parseCpuset(cpus ?? '') ?? []).map((number) => ({ number, id })));
  for (const { number, id } of all) {
    const other = all.find((one) => one.number === number && one.id !== id);
    if (other) return unsupported('cpu/numa', `NUMA cells ${other.id} and ${id} have overlapping vCPU ids`);
  }
  return all.map(({ number }) => number).some((id) => id >= vcpu.value)
    ? refusal('INTERNAL_ERROR', 'cpu/numa', 'CPU IDs in <numa> exceed the <vcpu> count')
    : undefined;
};

const memoryDevices: Rule = ({ devices, maxMemory, cpu }) => {
  const first = devices.memory.findIndex(({ model, uuid }) => model === 'nvdimm' && uuid !== undefined);
  if (first >= 0) return unsupported(`devices/memory[${first + 1}]/uuid`, 'UUID is not supported for NVDIMM device');
  if (devices.memory.length === 0 && !maxMemory) return undefined;
  if (!maxMemory) return unsupported('devices/memory', "cannot use/hotplug a memory device when domain 'maxMemory' is not defined");
  return cpu?.numa ? undefined : unsupported('devices/memory', 'At least one numa node has to be configured when enabling memory hotplug');
};

const memorySlots: Rule = ({ devices, maxMemory }) => {
  const slots = devices.memory.map(({ address }) => (address?.type === 'dimm' ? address.slot : undefined));
  const again = repeated(slots);
  if (again)
    return unsupported(
      `devices/memory[${again.index + 1}]/address`,
      `memory device slot '${again.value}' is already being used by another memory device`,
    );
  const beyond = slots.findIndex((slot) => slot !== undefined && maxMemory !== undefined && slot >= maxMemory.slots);
  if (beyond < 0) return undefined;
  return unsupported(
    `devices/memory[${beyond + 1}]/address`,
    `memory device slot '${slots[beyond]}' exceeds slots count '${maxMemory?.slots}'`,
  );
};

const pools: Rule = ({ iothreadids, defaultiothread }) => {
  const all = [...(iothreadids?.iothread ?? []), ...(defaultiothread ? [defaultiothread] : [])];
  const reversed = all.some(({ threadPoolMin = -1, threadPoolMax = -1 }) => threadPoolMin > threadPoolMax);
  return reversed ? unsupported('iothreadids', 'thread_pool_min must be smaller or equal to thread_pool_max') : undefined;
};

const iothreadPins: Rule = ({ cputune, iothreads, iothreadids }) => {
  const ids = iothreadids?.iothread.map(({ id }) => id) ?? Array.from({ length: iothreads ?? 0 }, (_, index) => index + 1);
  const lost = cputune?.iothreadpin.find(({ iothread }) => !ids.includes(iothread));
  return lost ? unsupported('cputune/iothreadpin', `Cannot find 'iothread' : ${lost.iothread}`) : undefined;
};

const allocation: Rule = ({ type, cputune }) => {
  if (type === 'kvm' || !cputune) return undefined;
  const name = cputune.cachetune.length > 0 ? 'cachetune' : cputune.memorytune.length > 0 ? 'memorytune' : undefined;
  return name ? unsupported(`cputune/${name}`, `${name} is only supported for KVM domains`) : undefined;
};

const guarantee: Rule = ({ memtune }) =>
  memtune?.minGuarantee === undefined
    ? undefined
    : unsupported('memtune/min_guarantee', "Parameter 'min_guarantee' not supported by QEMU.");

const hugepages: Rule = ({ memoryBacking, cpu }) => {
  if (memoryBacking?.hugepages && memoryBacking.allocation?.mode === 'ondemand') {
    return unsupported('memoryBacking', 'hugepages are not allowed with memory allocation ondemand');
  }
  const nodes = Math.max(1, cpu?.numa?.cell.length ?? 0);
  for (const { nodeset } of memoryBacking?.hugepages?.page ?? []) {
    const beyond = nodeset === undefined ? undefined : parseCpuset(nodeset)?.find((node) => node >= nodes);
    if (beyond !== undefined) return refusal('XML_DETAIL', 'memoryBacking/hugepages/page', `hugepages: node ${beyond} not found`);
  }
  return undefined;
};

export const resourceRules: readonly Rule[] = [
  vcpus,
  topology,
  cells,
  memoryDevices,
  memorySlots,
  hugepages,
  pools,
  iothreadPins,
  allocation,
  guarantee,
];
