/** What a domain's own words imply for each other, while it is read. */
import { forbid, type Ban } from '../model/ban.js';
import type { Place } from '../model/place.js';
import { defined } from '../model/defined.js';
import { findChild, type ReadContext } from '../model/read.js';
import { saysNothing } from '../model/element.js';
import { insertController } from '../devices/controller-order.js';
import { insertDisk } from '../devices/disk-order.js';
import type { DomainDef } from './domain.js';

/** @throws LibvirtError XML_ERROR for what contradicts itself. */
export function tidyDomain(value: DomainDef, at: Place, { newUuid }: ReadContext): DomainDef {
  forbid(bans, value, at);
  const made = defined({ uuid: value.uuid ?? newUuid?.(), genid: value.genid ?? (findChild(at.element, 'genid') && newUuid?.()) });
  const tidied = [tidyVcpus, tidyNumatune, tidyPages, tidyIothreads, tidyPins, orderDevices].reduce((given, tidy) => tidy(given), value);
  return { ...tidied, ...made };
}

const threadIds = ({ iothreadids }: DomainDef): readonly number[] => iothreadids?.iothread.map(({ id }) => id) ?? [];
const twice = <T>(ids: readonly T[]): T | undefined => ids.find((id, index) => id !== undefined && ids.indexOf(id) !== index);
const doubled = (perf: DomainDef['perf']): string | undefined => twice((perf?.event ?? []).map(({ name }) => name));
const labelledTwice = (labels: DomainDef['seclabel']): string | undefined => twice(labels.map(({ model }) => model));

const code = 'XML_ERROR';
const bans: readonly Ban<DomainDef, Place>[] = [
  { code, when: ({ name }) => name.includes('/'), words: ({ name }) => `name ${name} cannot contain '/'` },
  { code, when: ({ title = '' }) => title.includes('\n'), words: "Domain title can't contain newlines" },
  {
    code,
    when: (value) => twice(threadIds(value)) !== undefined,
    words: (value) => `duplicate iothread id '${twice(threadIds(value))}' found`,
  },
  {
    code,
    when: ({ perf }) => doubled(perf) !== undefined,
    words: ({ perf }) => `perf event '${doubled(perf)}' was already specified`,
  },
  { code, when: ({ os }) => (os.acpi?.table ?? []).length > 1, words: 'Only one acpi table is supported' },
  {
    code: 'XML_DETAIL',
    when: ({ seclabel }) => labelledTwice(seclabel) !== undefined,
    words: ({ seclabel }) => `seclabel for model ${labelledTwice(seclabel)} is already provided`,
  },
  {
    code,
    when: ({ numatune, cpu }) => (numatune?.memnode ?? []).length > 0 && cpu?.numa === undefined,
    words: "Element 'memnode' is invalid without any guest NUMA cells",
  },
];

/** Placement follows memory's unless CPUs are named anywhere; as many are in use as the single ones say. */
function tidyVcpus(value: DomainDef): DomainDef {
  const { placement = 'static', current, ...given } = value.vcpu;
  const { cpuset: _, ...free } = given;
  const vcpu = placement === 'auto' ? free : given;
  const single = value.vcpus?.vcpu.map((one) => ({ ...one, hotpluggable: one.hotpluggable ?? !one.enabled }));
  const used = single?.filter((one) => one.enabled).length ?? current;
  return {
    ...value,
    ...(single ? { vcpus: { vcpu: single } } : {}),
    vcpu: {
      ...vcpu,
      ...(used === undefined || used === vcpu.value ? {} : { current: used }),
      placement: followsMemory(value) ? 'auto' : placement,
    },
  };
}

/** Where the host chooses processors it chooses memory too. */
function tidyNumatune(value: DomainDef): DomainDef {
  const { numatune, vcpu } = value;
  if (vcpu.placement !== 'auto' || numatune?.memory !== undefined) return value;
  return { ...value, numatune: { memnode: [], ...numatune, memory: { mode: 'strict', placement: 'auto' } } };
}

/** A guest without cells counts as one: pages that are for it are for all its memory. */
function tidyPages(value: DomainDef): DomainDef {
  const { memoryBacking, cpu } = value;
  const page = memoryBacking?.hugepages?.page ?? [];
  if (!memoryBacking || cpu?.numa || !page.some(({ nodeset }) => nodeset === '0')) return value;
  const general = page.map(({ nodeset, ...one }) => (nodeset === undefined || nodeset === '0' ? one : { ...one, nodeset }));
  return { ...value, memoryBacking: { ...memoryBacking, hugepages: { page: general } } };
}

function followsMemory(value: DomainDef): boolean {
  return value.vcpu.cpuset === undefined && !isPinned(value) && value.numatune?.memory?.placement === 'auto';
}

function isPinned({ cputune }: DomainDef): boolean {
  return cputune !== undefined && (cputune.emulatorpin !== undefined || cputune.vcpupin.length + cputune.iothreadpin.length > 0);
}

/** Ids that are not listed are the lowest free ones; there are at least as many threads as ids. */
function tidyIothreads(value: DomainDef): DomainDef {
  const given = value.iothreadids?.iothread;
  if (!given) return value;
  const count = Math.max(value.iothreads ?? 0, given.length);
  const iothread = [...given];
  for (let id = 1; iothread.length < count; id += 1) if (!given.some((one) => one.id === id)) iothread.push({ id });
  return { ...value, iothreads: count, iothreadids: { iothread } };
}

/** A vcpu that there is not cannot be pinned: libvirt passes over it. */
function tidyPins(value: DomainDef): DomainDef {
  if (!value.cputune) return value;
  const vcpupin = value.cputune.vcpupin.filter((pin) => pin.vcpu < value.vcpu.value);
  const { cputune: _, ...rest } = value;
  const cputune = { ...value.cputune, vcpupin };
  return saysNothing(cputune) ? rest : { ...rest, cputune };
}

/** Controllers and disks are kept in their order, whatever the order of the words. */
function orderDevices(value: DomainDef): DomainDef {
  const { controller, disk } = value.devices;
  return {
    ...value,
    devices: {
      ...value.devices,
      controller: controller.reduce(insertController, []),
      disk: disk.reduce(insertDisk, []),
    },
  };
}
