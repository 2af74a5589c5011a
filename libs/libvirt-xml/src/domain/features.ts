import { attr, child } from '../model/field.js';
import { element, flag, sized, type ValueOf } from '../model/element.js';
import { oneOf, onOff, uint } from '../model/scalar.js';
import { xmlError, type Place } from '../model/place.js';
import { hyperv } from './hyperv.js';
import { linuxCapabilities } from './linux-capabilities.js';

const neededState = (at: Place) => xmlError(at, "Missing required attribute 'state' in element '" + at.element.name + "'", 5);
const state = attr(onOff, { required: neededState });
const switchable = child(element({ state }));
/** On when nothing is said. */
const switchedOn = child(element({ state: attr(onOff, { fallback: true }) }));

const DIRTY_RING_MIN = 1024;
const DIRTY_RING_MAX = 65536;

const dirtyRing = element(
  { state, size: attr(uint()) },
  {
    refine: (value, at) => {
      if (!value.state) return { state: false };
      const { size = 0 } = value;
      const power = size > 0 && Number.isInteger(Math.log2(size));
      if (!power || size < DIRTY_RING_MIN || size > DIRTY_RING_MAX) {
        throw xmlError(at, `dirty ring must be power of 2 and ranges [${DIRTY_RING_MIN}, ${DIRTY_RING_MAX}]`);
      }
      return value;
    },
  },
);

const kvm = element(
  {
    hidden: switchable,
    hintDedicated: child(element({ state }), { xml: 'hint-dedicated' }),
    pollControl: child(element({ state }), { xml: 'poll-control' }),
    pvIpi: child(element({ state }), { xml: 'pv-ipi' }),
    dirtyRing: child(dirtyRing, { xml: 'dirty-ring' }),
  },
  { paired: true, unknownChild: (name) => `unsupported KVM feature: ${name}` },
);

const xen = element(
  {
    e820Host: child(element({ state }), { xml: 'e820_host' }),
    passthrough: child(
      element({ state, mode: attr(oneOf('sync_pt', 'share_pt')) }, { refine: (value) => (value.state ? value : { state: false }) }),
    ),
  },
  { paired: true, unknownChild: (name) => `unsupported Xen feature: ${name}` },
);

const tcg = element({ tbCache: child(sized({ unit: 'KiB' }), { xml: 'tb-cache' }) }, { emptyIsAbsent: true });

const smm = element(
  { state: attr(onOff, { fallback: true }), tseg: child(sized({ unit: 'KiB', defaultUnit: 'MiB', blank: [0], style: 'largest' })) },
  { refine: (value) => (value.state ? value : { state: false }) },
);

const hpt = element(
  { resizing: attr(oneOf('enabled', 'disabled', 'required')), maxpagesize: child(sized({ unit: 'KiB' })) },
  { emptyIsAbsent: true },
);

const cfpc = child(element({ value: attr(oneOf('broken', 'workaround', 'fixed'), { required: true }) }));

const fields = {
  acpi: child(flag),
  apic: child(element({ eoi: attr(onOff) })),
  pae: child(flag),
  hap: switchedOn,
  viridian: child(flag),
  privnet: child(flag),
  hyperv,
  kvm: child(kvm),
  pvspinlock: switchedOn,
  xen: child(xen),
  capabilities: child(linuxCapabilities),
  pmu: switchedOn,
  vmport: switchedOn,
  gic: child(element({ version: attr(oneOf('2', '3', 'host')) })),
  smm: child(smm),
  ioapic: child(
    element({
      driver: attr(oneOf('qemu', 'kvm'), {
        required: true,
      }),
    }),
  ),
  hpt: child(hpt),
  vmcoreinfo: switchedOn,
  htm: switchable,
  nestedHv: child(element({ state }), { xml: 'nested-hv' }),
  msrs: child(element({ unknown: attr(oneOf('ignore', 'fault'), { required: true }) })),
  ccfAssist: child(element({ state }), { xml: 'ccf-assist' }),
  cfpc,
  sbbc: cfpc,
  ibs: child(element({ value: attr(oneOf('broken', 'workaround', 'fixed-ibs', 'fixed-ccd', 'fixed-na'), { required: true }) })),
  tcg: child(tcg),
};

/** What the machine has beyond the plain. */
export const features = element(fields, { emptyIsAbsent: true, unknownChild: (name) => `unexpected feature '${name}'` });
export type FeaturesDef = ValueOf<typeof features>;
