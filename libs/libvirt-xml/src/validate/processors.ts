/** Rules about virtual processors, and about which cell of memory each belongs to. */
import { isQ35 } from '../assign/machine.js';
import { parseCpuset } from '../formats/cpuset.js';
import type { DomainDef } from '../domain/domain.js';
import { banned, refusal, repeated, unsupported, type Ban, type Rule } from './rule.js';

/** How many processors interrupts can be sent to without extended mode. */
const LEGACY_CPUS = 255;

const ordered = ({ vcpus }: DomainDef): readonly boolean[] =>
  (vcpus?.vcpu ?? []).filter(({ enabled }) => enabled).map(({ order }) => order !== undefined);

const pinnedTwice = ({ cputune }: DomainDef): number | undefined => repeated((cputune?.vcpupin ?? []).map(({ vcpu }) => vcpu))?.value;

const scheduledLost = ({ cputune, vcpu }: DomainDef): number | undefined =>
  (cputune?.vcpusched ?? []).map(({ vcpus }) => Number(vcpus)).find((id) => id >= vcpu.value);

const processors: readonly Ban<DomainDef>[] = [
  { at: 'vcpu', code: 'XML_ERROR', when: ({ vcpu }) => vcpu.value === 0, words: 'Domain requires at least 1 vCPU' },
  {
    at: 'vcpus',
    when: ({ vcpu, vcpus }) => vcpu.current === 0 || vcpus?.vcpu.some(({ id, enabled }) => id === 0 && !enabled) === true,
    words: "vcpu 0 can't be offline",
  },
  {
    at: 'vcpus',
    when: (def) => new Set(ordered(def)).size > 1,
    words: 'all vcpus must have either set or unset order',
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
    at: 'cputune/vcpupin',
    code: 'INTERNAL_ERROR',
    when: (def) => pinnedTwice(def) !== undefined,
    words: (def) => `duplicate vcpupin for vcpu '${pinnedTwice(def)}'`,
  },
  {
    at: 'cputune/vcpusched',
    when: (def) => scheduledLost(def) !== undefined,
    words: (def) => `vCPU '${scheduledLost(def)}' is not present in domain definition`,
  },
];

const chosenModes = ['host-passthrough', 'maximum'];

const models: readonly Ban<DomainDef>[] = [
  {
    at: 'cpu/@migratable',
    when: ({ cpu }) => cpu?.migratable !== undefined && !chosenModes.includes(cpu.mode ?? ''),
    words: "Attribute migratable is only allowed for 'host-passthrough' / 'maximum' CPU mode",
  },
  {
    at: 'cpu/maxphysaddr',
    when: ({ cpu }) => cpu?.maxphysaddr?.mode === 'passthrough' && cpu.maxphysaddr.bits !== undefined,
    words: "CPU maximum physical address bits number specification cannot be used with mode='passthrough'",
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

export const processorRules: readonly Rule[] = [banned(processors), banned(models), cells];
