/** What a processor's own words imply, while it is read. */
import { LibvirtError } from '../errors/libvirt-error.js';
import { forbid, type Ban } from '../model/ban.js';
import { xmlError, type Place } from '../model/place.js';
import { convertSize } from '../model/size.js';
import type { CpuDef, NumaDef } from './cpu.js';

/** libvirt's module number of processors. */
const CPU = 31;

/** Only a custom processor has a model; a copy of the host's may have another vendor. */
export function tidyCpu(value: CpuDef, at: Place): CpuDef {
  forbid(bans, value, at, CPU);
  const { model, ...rest } = value;
  const mode = modeOf(value);
  const moded: CpuDef = { ...rest, ...(mode === undefined ? {} : { mode }) };
  if (!model || mode === 'host-passthrough' || mode === 'maximum') return moded;
  if (model.value !== undefined)
    return { ...moded, match: value.match ?? 'exact', model: { ...model, fallback: model.fallback ?? 'allow' } };
  return model.vendorId === undefined ? moded : { ...moded, model: { vendorId: model.vendorId } };
}

/** A model without a mode is custom. */
const modeOf = ({ mode, model }: CpuDef): CpuDef['mode'] => mode ?? (model?.value === undefined ? undefined : 'custom');

const featureNames = ({ feature }: CpuDef): readonly string[] => feature.map(({ name }) => name);
const twice = (names: readonly string[]): string | undefined => names.find((name, index) => names.indexOf(name) !== index);

const bans: readonly Ban<CpuDef, Place>[] = [
  {
    code: 'XML_ERROR',
    when: ({ feature, mode = 'custom', model }) => feature.length > 0 && mode === 'custom' && model?.value === undefined,
    words: 'Non-empty feature list specified without CPU model',
  },
  {
    code: 'XML_ERROR',
    when: (value) => twice(featureNames(value)) !== undefined,
    words: (value) => `CPU feature '${twice(featureNames(value))}' specified more than once`,
  },
];

type Cell = NumaDef['cell'][number];

/** Cells in the order of their ids, memory in KiB, and the distances of both directions. */
export function tidyNuma(value: NumaDef, at: Place): NumaDef {
  const numbered = value.cell.map((cell, index) => ({ ...cell, id: cell.id ?? index }));
  const ids = numbered.map(({ id }) => id);
  const again = ids.find((id, index) => ids.indexOf(id) !== index);
  if (again !== undefined) throw xmlError(at, `Duplicate NUMA cell info for cell id '${again}'`);
  const outside = ids.find((id) => id >= ids.length);
  if (outside !== undefined)
    throw xmlError(
      at,
      `Exactly one 'cell' element per guest NUMA cell allowed, non-contiguous ranges or ranges not starting from 0 are not allowed`,
    );
  const cell = numbered.toSorted((a, b) => a.id - b.id).map((one) => inKib(one, at));
  checkDistances(cell, at);
  const interconnects = value.interconnects && tidyInterconnects(value.interconnects, cell, at);
  return { ...value, cell: withDistances(cell), ...(interconnects && { interconnects }) };
}

function inKib(cell: Cell, at: Place): Cell {
  const memory = convertSize(String(cell.memory), { unit: 'KiB' }, cell.unit);
  if (memory instanceof LibvirtError) throw xmlError(at, memory.message);
  return { ...cell, memory, unit: 'KiB' };
}

function checkDistances(cells: readonly Cell[], at: Place): void {
  for (const { id, distances } of cells) {
    for (const sibling of distances?.sibling ?? []) {
      if (sibling.id >= cells.length)
        throw xmlError(at, `'sibling_id ${sibling.id}' does not refer to a valid cell within NUMA 'cell id ${id}'`);
      const wrong = sibling.value < NEAR || sibling.value > UNREACHABLE;
      if (wrong) throw xmlError(at, `'value ${sibling.value}' is invalid for 'sibling id ${sibling.id}' under NUMA 'cell id ${id}'`);
    }
  }
}

type Interconnects = NonNullable<NumaDef['interconnects']>;

/** Every end must be there; bandwidth is in KiB a second. */
function tidyInterconnects(given: Interconnects, cells: readonly Cell[], at: Place): Interconnects {
  for (const { initiator, target, cache } of [...given.latency, ...given.bandwidth]) {
    const missing = initiator >= cells.length ? 'initiator' : target >= cells.length ? 'target' : undefined;
    if (missing !== undefined) throw xmlError(at, `'${missing}' refers to a non-existent NUMA node`);
    const known = cache === undefined || cells[target]?.cache.some(({ level }) => level === cache);
    if (known === false) throw xmlError(at, "'cache' refers to a non-existent NUMA node cache");
  }
  return { ...given, bandwidth: given.bandwidth.map((one) => ({ ...one, unit: one.unit ?? 'KiB' })) };
}

/** The distance to oneself is the least, and 255 means that there is no way. */
const UNREACHABLE = 255;
const NEAR = 10;
const FAR = 20;

/** Once any distance is given, every cell knows its distance to every other: the given one, the reverse, or the default. */
function withDistances(cells: readonly Cell[]): readonly Cell[] {
  const given = new Map(
    cells.flatMap(({ id = 0, distances }) => (distances?.sibling ?? []).map((one) => [`${id}-${one.id}`, one.value] as const)),
  );
  if (given.size === 0) return cells;
  const between = (from: number, to: number): number | undefined => given.get(`${from}-${to}`) ?? given.get(`${to}-${from}`);
  const known = (id: number): boolean => cells.some((other) => between(id, other.id ?? 0) !== undefined);
  return cells.map((cell) => {
    const { id = 0 } = cell;
    if (!known(id)) return cell;
    const sibling = cells.map((other) => ({ id: other.id ?? 0, value: between(id, other.id ?? 0) ?? (other.id === id ? NEAR : FAR) }));
    return { ...cell, distances: { sibling } };
  });
}
