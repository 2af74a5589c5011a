/** What the host lends the guest, and how hard it may be used. */
import { attr, child, children, type Child } from '../model/field.js';
import { element, flag, leaf, sized } from '../model/element.js';
import { filled, int, oneOf, uint, ulong } from '../model/scalar.js';
import { LibvirtError } from '../errors/libvirt-error.js';
import { fault, unsupported, xmlError, type Place } from '../model/place.js';
import { convertSize } from '../model/size.js';
import { cpuset, parseCpuset } from '../formats/cpuset.js';

const count = (xml: string): Child<number, 'maybe'> => child(leaf(uint(), { blank: [0] }), { xml });
const long = (xml: string): Child<number, 'maybe'> => child(leaf(ulong, { blank: [0] }), { xml });

const weightedFields = {
  path: child(leaf(filled), { required: (at) => unsupported(at, 'missing per-device path') }),
  weight: child(leaf(uint(), { blank: [0] })),
  readIopsSec: count('read_iops_sec'),
  writeIopsSec: count('write_iops_sec'),
  readBytesSec: long('read_bytes_sec'),
  writeBytesSec: long('write_bytes_sec'),
};

const weighted = element(weightedFields, {
  refine: (value) => (Object.keys(value).length === 1 ? undefined : value),
});

export const blkiotune = element({ weight: child(leaf(uint(), { blank: [0] })), device: children(weighted) }, { emptyIsAbsent: true });

/** No limit at all, in libvirt's number for it. */
const UNLIMITED = 9007199254740991;
const limit = (xml: string): Child<number, 'maybe'> => child(sized({ unit: 'KiB', max: UNLIMITED, blank: [UNLIMITED] }), { xml });

export const memtune = element(
  {
    hardLimit: limit('hard_limit'),
    softLimit: limit('soft_limit'),
    minGuarantee: child(sized({ unit: 'KiB', max: UNLIMITED, blank: [0, UNLIMITED] }), { xml: 'min_guarantee' }),
    swapHardLimit: limit('swap_hard_limit'),
  },
  { emptyIsAbsent: true },
);

/** `size` in KiB; without one it is the host's default. */
const page = element(
  { size: attr(ulong), unit: attr(filled), nodeset: attr(cpuset) },
  {
    refine: (value, at) => {
      if (value.size === undefined) return value;
      const size = convertSize(String(value.size), { unit: 'KiB' }, value.unit ?? 'KiB');
      if (size instanceof LibvirtError) throw xmlError(at, size.message);
      return { ...value, size, unit: 'KiB' };
    },
  },
);

export const memoryBacking = element(
  {
    hugepages: child(element({ page: children(page) })),
    nosharepages: child(flag),
    locked: child(flag),
    source: child(
      element(
        {
          type: attr(oneOf('file', 'anonymous', 'memfd'), {
            invalid: (given, at) => unsupported(at, `unknown memoryBacking/source/type '${given}'`),
          }),
        },
        { emptyIsAbsent: true },
      ),
    ),
    access: child(
      element(
        {
          mode: attr(oneOf('shared', 'private'), {
            invalid: (given, at) => unsupported(at, `unknown memoryBacking/access/mode '${given}'`),
          }),
        },
        { emptyIsAbsent: true },
      ),
    ),
    allocation: child(
      element({ mode: attr(oneOf('immediate', 'ondemand')), threads: attr(uint(), { blank: [0] }) }, { emptyIsAbsent: true }),
    ),
    discard: child(flag),
  },
  { emptyIsAbsent: true },
);

const PERIOD_MIN = 1000;
const PERIOD_MAX = 1_000_000;
const QUOTA_MAX = 17_592_186_044_415;

const period = (xml: string): Child<number, 'maybe'> =>
  child(
    leaf(uint({ max: Number.MAX_SAFE_INTEGER }), {
      blank: [0],
      invalid: (given, at) => unsupported(at, `Invalid value '${given}' for ${xml}`),
    }),
    { xml },
  );
const quota = (xml: string): Child<number, 'maybe'> =>
  child(leaf(int({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }), { blank: [0] }), { xml });

const scheduler = attr(oneOf('batch', 'idle', 'fifo', 'rr'), {
  required: (at) => xmlError(at, 'Missing scheduler type'),
  invalid: (given, at) => xmlError(at, `Invalid scheduler attribute: ${given}`),
});
const priority = attr(int());

/** Only realtime schedulers have priorities, and they must have one. */
function needsPriority<T extends { readonly scheduler: string; readonly priority?: number }>(value: T, at: Place): T {
  const realtime = value.scheduler === 'fifo' || value.scheduler === 'rr';
  if (realtime && value.priority === undefined)
    throw xmlError(at, `Missing required attribute 'priority' in element '${at.element.name}'`, 5);
  return value;
}

const vcpupin = element({ vcpu: attr(uint(), { required: true }), cpuset: attr(cpuset, { required: true }) });
const iothreadpin = element({ iothread: attr(uint({ min: 1 }), { required: true }), cpuset: attr(cpuset, { required: true }) });

const cacheAllocation = element({
  id: attr(uint(), { required: true }),
  level: attr(uint(), { required: true }),
  type: attr(oneOf('both', 'code', 'data'), { required: true }),
  size: attr(ulong, { required: true }),
  unit: attr(filled),
});
const monitor = element({ level: attr(uint(), { required: true }), vcpus: attr(cpuset, { required: true }) });
const cachetune = element({
  vcpus: attr(cpuset, { required: true }),
  id: attr(filled, { live: true }),
  cache: children(cacheAllocation),
  monitor: children(monitor),
});
const node = element({ id: attr(uint(), { required: true }), bandwidth: attr(uint(), { required: true }) });
const memorytune = element({
  vcpus: attr(cpuset, { required: true }),
  id: attr(filled, { live: true }),
  node: children(node),
  monitor: children(element({ vcpus: attr(cpuset, { required: true }) })),
});

const fields = {
  shares: child(leaf(ulong)),
  period: period('period'),
  quota: quota('quota'),
  globalPeriod: period('global_period'),
  globalQuota: quota('global_quota'),
  emulatorPeriod: period('emulator_period'),
  emulatorQuota: quota('emulator_quota'),
  iothreadPeriod: period('iothread_period'),
  iothreadQuota: quota('iothread_quota'),
  vcpupin: children(vcpupin),
  emulatorpin: child(element({ cpuset: attr(cpuset, { required: true }) })),
  iothreadpin: children(iothreadpin),
  vcpusched: children(element({ vcpus: attr(cpuset, { required: true }), scheduler, priority }, { refine: needsPriority })),
  iothreadsched: children(element({ iothreads: attr(cpuset, { required: true }), scheduler, priority }, { refine: needsPriority })),
  emulatorsched: child(element({ scheduler, priority }, { refine: needsPriority })),
  cachetune: children(cachetune),
  memorytune: children(memorytune),
};

/** A scheduler is kept for each number of a set by itself. */
function oneByOne<K extends string, T extends { readonly [P in K]: string }>(list: readonly T[], key: K): readonly T[] {
  const single = list.flatMap((one) => (parseCpuset(one[key]) ?? []).map((number) => ({ number, one: { ...one, [key]: String(number) } })));
  return single.toSorted((a, b) => a.number - b.number).map(({ one }) => one);
}

/** @throws LibvirtError XML_DETAIL when two schedulers are for one number */
function checkOverlap<K extends string>(list: readonly { readonly [P in K]: string }[], key: K, at: Place): void {
  const all = list.flatMap((one) => parseCpuset(one[key]) ?? []);
  if (new Set(all).size < all.length) throw fault(at, 'XML_DETAIL', `'${key.slice(0, -1)}sched' attributes '${key}' must not overlap`);
}

type Periods = { readonly [K in keyof typeof fields]?: unknown };

function badPeriod(value: Periods): string | undefined {
  const names = ['period', 'globalPeriod', 'emulatorPeriod', 'iothreadPeriod'] as const;
  return names.find((name) => {
    const given = value[name];
    return typeof given === 'number' && (given < PERIOD_MIN || given > PERIOD_MAX);
  });
}

function badQuota(value: Periods): string | undefined {
  const names = ['quota', 'globalQuota', 'emulatorQuota', 'iothreadQuota'] as const;
  return names.find((name) => {
    const given = value[name];
    return typeof given === 'number' && given !== -1 && (given < PERIOD_MIN || given > QUOTA_MAX);
  });
}

export const cputune = element(fields, {
  emptyIsAbsent: true,
  refine: (value, at) => {
    const wrongPeriod = badPeriod(value);
    if (wrongPeriod) throw unsupported(at, `Value of cputune '${wrongPeriod}' must be in range [${PERIOD_MIN}, ${PERIOD_MAX}]`);
    const wrongQuota = badQuota(value);
    checkOverlap(value.vcpusched, 'vcpus', at);
    checkOverlap(value.iothreadsched, 'iothreads', at);
    if (wrongQuota) throw unsupported(at, `Value of cputune '${wrongQuota}' must be in range [${PERIOD_MIN}, ${QUOTA_MAX}]`);
    return {
      ...value,
      vcpupin: value.vcpupin.toSorted((a, b) => a.vcpu - b.vcpu),
      iothreadpin: value.iothreadpin.toSorted((a, b) => a.iothread - b.iothread),
      vcpusched: oneByOne(value.vcpusched, 'vcpus'),
      iothreadsched: oneByOne(value.iothreadsched, 'iothreads'),
    };
  },
});

const numaMode = oneOf('strict', 'preferred', 'interleave', 'restrictive');

const memnode = element({
  cellid: attr(uint(), { required: true }),
  mode: attr(numaMode, { fallback: 'strict' }),
  nodeset: attr(cpuset, { required: true }),
});

const numaMemory = element(
  {
    mode: attr(numaMode, { invalid: (given, at) => unsupported(at, `Unsupported NUMA memory tuning mode '${given}'`) }),
    nodeset: attr(cpuset),
    placement: attr(oneOf('static', 'auto')),
  },
  {
    refine: (value, at) => {
      const mode = value.mode ?? 'strict';
      if (value.placement === 'auto') return { mode, placement: value.placement };
      if (value.nodeset === undefined) throw unsupported(at, "nodeset for NUMA memory tuning must be set if 'placement' is 'static'");
      return { mode, nodeset: value.nodeset };
    },
  },
);

export const numatune = element(
  { memory: child(numaMemory), memnode: children(memnode, { order: (a, b) => a.cellid - b.cellid }) },
  { emptyIsAbsent: true },
);
