import { attr, child, children, content } from '../model/field.js';
import { element, leaf, type FieldsValue } from '../model/element.js';
import { filled, oneOf, onOff, uint, yesNo, type Scalar } from '../model/scalar.js';
import { unsupported, xmlError } from '../model/place.js';
import { cpuset } from '../formats/cpuset.js';
import { tidyCpu, tidyNuma } from './cpu-rules.js';

const CPU = 31;
const VENDOR_LENGTH = 12;

/** What the guest reads in three registers. */
const vendorId: Scalar<string> = {
  ...filled,
  label: `${VENDOR_LENGTH} characters`,
  read: (given) => (given.length === VENDOR_LENGTH && !given.includes(',') ? given : undefined),
};

const model = element({
  fallback: attr(oneOf('allow', 'forbid'), { invalid: (_, at) => xmlError(at, 'Invalid fallback attribute', CPU) }),
  vendorId: attr(vendorId, { xml: 'vendor_id', invalid: (_, at) => xmlError(at, 'vendor_id must be exactly 12 characters long', CPU) }),
  value: content(filled),
});

const topologyPart = attr(uint({ min: 1 }), { required: true });

const topology = element(
  {
    sockets: topologyPart,
    dies: attr(uint({ min: 1 }), { fallback: 1 }),
    cores: topologyPart,
    threads: topologyPart,
  },
  { doc: 'Sockets times dies times cores times threads is the greatest number of vcpus.' },
);

const cache = element({
  level: attr(uint({ max: 3 })),
  mode: attr(oneOf('emulate', 'passthrough', 'disable'), {
    required: true,
    invalid: (_, at) => xmlError(at, 'Missing or invalid CPU cache mode', CPU),
  }),
});

const maxphysaddr = element({
  mode: attr(oneOf('emulate', 'passthrough'), {
    required: true,
    invalid: (_, at) => xmlError(at, 'Missing or invalid CPU maxphysaddr mode', CPU),
  }),
  bits: attr(uint()),
  limit: attr(uint()),
});

const feature = element({
  policy: attr(oneOf('force', 'require', 'optional', 'disable', 'forbid'), {
    fallback: 'require',
    invalid: (_, at) => unsupported(at, 'Invalid CPU feature policy', CPU),
  }),
  name: attr(filled, { required: (at) => xmlError(at, 'Invalid CPU feature name', CPU) }),
});

const sibling = element({ id: attr(uint(), { required: true }), value: attr(uint(), { required: true }) });

const numaCache = element({
  level: attr(uint(), { required: true }),
  associativity: attr(oneOf('none', 'direct', 'full'), { required: true }),
  policy: attr(oneOf('none', 'writeback', 'writethrough'), { required: true }),
  size: child(element({ value: attr(uint(), { required: true }), unit: attr(filled, { required: true }) }), { required: true }),
  line: child(element({ value: attr(uint(), { required: true }), unit: attr(filled, { required: true }) }), { required: true }),
});

/** `memory` in KiB. */
const cell = element({
  id: attr(uint()),
  cpus: attr(cpuset),
  memory: attr(uint({ max: Number.MAX_SAFE_INTEGER }), { required: true }),
  unit: attr(filled, { fallback: 'KiB' }),
  memAccess: attr(oneOf('shared', 'private')),
  discard: attr(yesNo),
  distances: child(element({ sibling: children(sibling) })),
  cache: children(numaCache),
});

const latency = element({
  initiator: attr(uint(), { required: true }),
  target: attr(uint(), { required: true }),
  cache: attr(uint({ min: 1 })),
  type: attr(oneOf('access', 'read', 'write'), { required: true }),
  value: attr(uint({ max: Number.MAX_SAFE_INTEGER }), { required: true }),
  unit: attr(filled),
});

const interconnects = element({ latency: children(latency), bandwidth: children(latency) }, { emptyIsAbsent: true });

const numaFields = { cell: children(cell), interconnects: child(interconnects) };
export type NumaDef = FieldsValue<typeof numaFields>;
export const numa = element(numaFields, { refine: tidyNuma });

const fields = {
  mode: attr(oneOf('custom', 'host-model', 'host-passthrough', 'maximum'), {
    invalid: (given, at) => unsupported(at, `Invalid mode attribute '${given}'`, CPU),
  }),
  match: attr(oneOf('minimum', 'exact', 'strict'), {
    invalid: (_, at) => xmlError(at, 'Invalid match attribute for CPU specification', CPU),
  }),
  check: attr(oneOf('none', 'partial', 'full'), { invalid: (_, at) => xmlError(at, "Invalid value of 'check' attribute", CPU) }),
  migratable: attr(onOff),
  model: child(model),
  vendor: child(leaf(filled)),
  topology: child(topology),
  cache: child(cache),
  maxphysaddr: child(maxphysaddr),
  feature: children(feature),
  numa: child(numa),
};

/** The processor that the guest sees, and its NUMA cells. */
export const cpu = element(fields, { refine: tidyCpu });
export type CpuDef = FieldsValue<typeof fields>;
