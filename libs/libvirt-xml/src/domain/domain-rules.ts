/** What a domain's own words imply for each other, while it is read. */
import { xmlError, type Place } from '../model/place.js';
import type { ReadContext } from '../model/read.js';
import { saysNothing } from '../model/element.js';
import { insertController } from '../devices/controller-order.js';
import { insertDisk } from '../devices/disk-order.js';
import type { DomainDef } from './domain.js';

/** @throws LibvirtError XML_ERROR for a name that no file can have. */
export function tidyDomain(value: DomainDef, at: Place, { newUuid }: ReadContext): DomainDef {
  if (value.name.includes('/')) throw xmlError(at, `name ${value.name} cannot contain '/'`);
  if (value.title?.includes('\n')) throw xmlError(at, "Domain title can't contain newlines");
  checkIothreads(value, at);
  if (value.numatune && value.numatune.memnode.length > 0 && !value.cpu?.numa) {
    throw xmlError(at, "Element 'memnode' is invalid without any guest NUMA cells");
  }
  const uuid = value.uuid ?? newUuid?.();
  const tidied = [tidyVcpus, tidyIothreads, tidyPins, orderDevices].reduce((given, tidy) => tidy(given), value);
  return uuid === undefined ? tidied : { ...tidied, uuid };
}

function checkIothreads({ iothreadids }: DomainDef, at: Place): void {
  const ids = iothreadids?.iothread.map(({ id }) => id) ?? [];
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw xmlError(at, `duplicate iothread id '${twice}' found`);
}

/** Placement follows memory's unless CPUs are named anywhere; as many are in use as the single ones say. */
function tidyVcpus(value: DomainDef): DomainDef {
  const { placement, current, ...vcpu } = value.vcpu;
  const follows = vcpu.cpuset === undefined && !isPinned(value) && value.numatune?.memory?.placement === 'auto';
  const enabled = value.vcpus?.vcpu.filter((one) => one.enabled).length;
  const used = enabled ?? current ?? vcpu.value;
  const shown = used === vcpu.value ? {} : { current: used };
  const vcpus = value.vcpus && { vcpu: value.vcpus.vcpu.map((one) => ({ ...one, hotpluggable: one.hotpluggable ?? !one.enabled })) };
  return { ...value, vcpu: { ...vcpu, ...shown, placement: follows ? 'auto' : (placement ?? 'static') }, ...(vcpus ? { vcpus } : {}) };
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
