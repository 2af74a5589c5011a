import { parseCpuset, type DomainDef } from '@virtbus/libvirt-xml';
import type { Memory } from '../domain-parts.js';
import { cellsOf } from '../machine/memory-size.js';
import { detail, type DeviceCheck, type DomainCheck } from './finding.js';

const pagesForCells: DomainCheck = (domain) => {
  const pages = domain.memoryBacking?.hugepages?.page ?? [];
  const ids = cellsOf(domain).map(({ id }, index) => id ?? index);
  const asked = pages.flatMap(({ nodeset }) => (nodeset === undefined ? [] : (parseCpuset(nodeset) ?? [])));
  // A guest without cells counts as one.
  const missing = asked.find((node) => !(ids.length === 0 ? node === 0 : ids.includes(node)));
  return missing === undefined
    ? undefined
    : detail(`huge pages are for a NUMA cell ${missing} that the guest does not have`, '/memoryBacking/hugepages');
};

const oneDefaultSize: DomainCheck = ({ memoryBacking }) => {
  const general = (memoryBacking?.hugepages?.page ?? []).filter(({ nodeset }) => nodeset === undefined);
  return general.length > 1 ? detail('two sizes of huge pages are each for all memory', '/memoryBacking/hugepages') : undefined;
};

const pagesAtOnce: DomainCheck = ({ memoryBacking }) =>
  memoryBacking?.hugepages && memoryBacking.allocation?.mode === 'ondemand'
    ? { says: 'huge pages are taken at once, not on demand', at: '/memoryBacking' }
    : undefined;

export const memoryChecks: readonly DomainCheck[] = [pagesForCells, oneDefaultSize, pagesAtOnce];

const roomForModules: DeviceCheck<Memory> = (_module, { maxMemory }) =>
  maxMemory ? undefined : 'memory is plugged in only where maxMemory says how much there may be';

const discardable: DeviceCheck<Memory> = ({ model, discard }) =>
  model === 'nvdimm' && discard ? 'the content of an nvdimm is kept, never discarded' : undefined;

const knownCell: DeviceCheck<Memory> = ({ target }, domain) => {
  const node = 'node' in target ? target.node : undefined;
  const cells = cellsOf(domain).map(({ id }, index) => id ?? index);
  if (node === undefined || cells.length === 0) return undefined;
  return cells.includes(node) ? undefined : { says: `the guest has no NUMA cell ${node}`, at: '/target/node' };
};

export const moduleChecks: readonly DeviceCheck<Memory>[] = [roomForModules, discardable, knownCell];

/** Whether other processes can see the guest's memory, as those behind a vhost-user socket must. */
export function hasSharedMemory(domain: DomainDef): boolean {
  const cells = cellsOf(domain);
  const general = domain.memoryBacking?.access?.mode === 'shared';
  return general || (cells.length > 0 && cells.every(({ memAccess }) => memAccess === 'shared'));
}
