/** Rules about processors and memory. */
import { parseCpuset } from '../formats/cpuset.js';
import { refusal, unsupported, type Rule } from './rule.js';

const vcpus: Rule = ({ vcpu }) => {
  if (vcpu.value === 0) return refusal('XML_ERROR', 'vcpu', 'Domain requires at least 1 vCPU');
  return (vcpu.current ?? 0) > vcpu.value ? unsupported('vcpu', 'maximum vCPU count must not be less than current vCPU count') : undefined;
};

const topology: Rule = ({ cpu, vcpu }) => {
  const given = cpu?.topology;
  const mismatch = given && given.sockets * given.dies * given.cores * given.threads !== vcpu.value;
  return mismatch ? unsupported('cpu/topology', "CPU topology doesn't match maximum vcpu count") : undefined;
};

const cells: Rule = ({ cpu, vcpu }) => {
  const all = (cpu?.numa?.cell ?? []).flatMap(({ cpus }) => (cpus === undefined ? [] : (parseCpuset(cpus) ?? [])));
  return all.some((id) => id >= vcpu.value)
    ? refusal('INTERNAL_ERROR', 'cpu/numa', 'CPU IDs in <numa> exceed the <vcpu> count')
    : undefined;
};

const memoryDevices: Rule = ({ devices, maxMemory, cpu }) => {
  if (devices.memory.length === 0) return undefined;
  if (!maxMemory) return unsupported('devices/memory', "cannot use/hotplug a memory device when domain 'maxMemory' is not defined");
  return cpu?.numa ? undefined : unsupported('devices/memory', 'At least one numa node has to be configured when enabling memory hotplug');
};

const hugepages: Rule = ({ memoryBacking, cpu }) => {
  const nodes = Math.max(1, cpu?.numa?.cell.length ?? 0);
  for (const { nodeset } of memoryBacking?.hugepages?.page ?? []) {
    const beyond = nodeset === undefined ? undefined : parseCpuset(nodeset)?.find((node) => node >= nodes);
    if (beyond !== undefined) return refusal('XML_DETAIL', 'memoryBacking/hugepages/page', `hugepages: node ${beyond} not found`);
  }
  return undefined;
};

export const resourceRules: readonly Rule[] = [vcpus, topology, cells, memoryDevices, hugepages];
