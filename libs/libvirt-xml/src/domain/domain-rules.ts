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
  const tidied = [tidyVcpus, tidyIothreads, tidyPins, orderDevices].reduce((given, tidy) => tidy(given), value);
  return { ...tidied, ...made };
}

const threadIds = ({ iothreadids }: DomainDef): readonly number[] => iothreadids?.iothread.map(({ id }) => id) ?? [];
const twice = (ids: readonly number[]): number | undefined => ids.find((id, index) => ids.indexOf(id) !== index);

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
    when: ({ numatune, cpu }) => (numatune?.memnode ?? []).length > 0 && cpu?.numa === undefined,
    words: "Element 'memnode' is invalid without any guest NUMA cells",
  },
];

/** Placement follows memory's unless CPUs are named anywhere; as many are in use as the single ones say. */
function tidyVcpus(value: DomainDef): DomainDef {
  const { placement = 'static', current, ...vcpu } = value.vcpu;
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
