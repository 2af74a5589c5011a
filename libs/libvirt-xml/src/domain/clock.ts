import { attr, byTag, child, children, forTags } from '../model/field.js';
import { element, tagged, type TaggedValue } from '../model/element.js';
import { filled, int, oneOf, ulong, yesNo } from '../model/scalar.js';
import { xmlError } from '../model/place.js';

const catchup = element(
  { threshold: attr(ulong, { blank: [0] }), slew: attr(ulong, { blank: [0] }), limit: attr(ulong, { blank: [0] }) },
  { emptyIsAbsent: true },
);

const names = ['platform', 'pit', 'rtc', 'hpet', 'tsc', 'kvmclock', 'hypervclock', 'armvtimer'] as const;

const timer = element({
  name: attr(oneOf(...names), { required: true }),
  present: attr(yesNo),
  tickpolicy: attr(oneOf('delay', 'catchup', 'merge', 'discard')),
  track: attr(oneOf('boot', 'guest', 'wall', 'realtime')),
  frequency: attr(ulong, { blank: [0] }),
  mode: attr(oneOf('auto', 'native', 'emulate', 'paravirt', 'smpsafe')),
  catchup: child(catchup),
});

const anyInt = int({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });

const fields = {
  offset: attr(oneOf('utc', 'localtime', 'variable', 'timezone', 'absolute'), { fallback: 'utc' }),
  adjustmentOrReset: forTags(['utc', 'localtime'], attr(filled, { xml: 'adjustment' })),
  adjustment: byTag({ variable: attr(anyInt, { fallback: 0 }) }),
  basis: byTag({ variable: attr(oneOf('utc', 'localtime'), { fallback: 'utc' }) }),
  timezone: byTag({
    timezone: attr(filled, { required: (at) => xmlError(at, "missing 'timezone' attribute for clock with offset='timezone'") }),
  }),
  start: byTag({ absolute: attr(ulong, { required: true }) }),
  timer: children(timer),
};

/** What time the guest starts with, and which clocks it has. */
export const clock = tagged('offset', fields);
export type ClockDef = TaggedValue<typeof fields, 'offset'>;
