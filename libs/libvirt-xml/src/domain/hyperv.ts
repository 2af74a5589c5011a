import { attr, child } from '../model/field.js';
import { element } from '../model/element.js';
import { filled, oneOf, onOff, uint } from '../model/scalar.js';
import { xmlError } from '../model/place.js';

const needed = (name: string) => ({
  required: (at: Parameters<typeof xmlError>[0]) => xmlError(at, `missing 'state' attribute for HyperV Enlightenment feature '${name}'`),
});

/** A feature that is on or off. */
const enlightenment = (name: string) => child(element({ state: attr(onOff, needed(name)) }));

const SPINLOCK_RETRIES_MIN = 4095;

const spinlocks = element(
  {
    state: attr(onOff, needed('spinlocks')),
    retries: attr(uint(), { invalid: (_, at) => xmlError(at, 'Cannot parse HyperV spinlock retry count') }),
  },
  {
    refine: (value, at) => {
      if (!value.state) return { state: false };
      if (value.retries === undefined) throw xmlError(at, 'missing HyperV spinlock retry count');
      if (value.retries < SPINLOCK_RETRIES_MIN) throw xmlError(at, `HyperV spinlock retry count must be at least ${SPINLOCK_RETRIES_MIN}`);
      return value;
    },
  },
);

const VENDOR_ID_LENGTH_MAX = 12;

const vendorId = element(
  { state: attr(onOff, needed('vendor_id')), value: attr(filled) },
  {
    refine: (value, at) => {
      if (!value.state) return { state: false };
      if (value.value === undefined) throw xmlError(at, "missing 'value' attribute for HyperV feature 'vendor_id'");
      if (value.value.length > VENDOR_ID_LENGTH_MAX)
        throw xmlError(at, `HyperV vendor_id value must not be more than ${VENDOR_ID_LENGTH_MAX} characters.`);
      if (value.value.includes(',')) throw xmlError(at, 'HyperV vendor_id value is invalid');
      return value;
    },
  },
);

const stimer = element(
  { state: attr(onOff, needed('stimer')), direct: child(element({ state: attr(onOff, { required: true }) })) },
  { refine: (value) => (value.state ? value : { state: false }) },
);

/** What makes Windows feel at home. */
export const hyperv = child(
  element(
    {
      mode: attr(oneOf('passthrough', 'custom'), { fallback: 'custom' }),
      relaxed: enlightenment('relaxed'),
      vapic: enlightenment('vapic'),
      spinlocks: child(spinlocks),
      vpindex: enlightenment('vpindex'),
      runtime: enlightenment('runtime'),
      synic: enlightenment('synic'),
      stimer: child(stimer),
      reset: enlightenment('reset'),
      vendorId: child(vendorId, { xml: 'vendor_id' }),
      frequencies: enlightenment('frequencies'),
      reenlightenment: enlightenment('reenlightenment'),
      tlbflush: enlightenment('tlbflush'),
      ipi: enlightenment('ipi'),
      evmcs: enlightenment('evmcs'),
      avic: enlightenment('avic'),
    },
    {
      paired: true,
      unknownChild: (name) => `unsupported HyperV Enlightenment feature: ${name}`,
    },
  ),
);
