import { attr, byTag, child, children } from '../model/field.js';
import { element, tagged, type TaggedValue } from '../model/element.js';
import { filled, int, oneOf, ulong, yesNo, type Scalar } from '../model/scalar.js';
import { fault, unsupported, xmlError } from '../model/place.js';

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

const seconds = int({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });

/** What is no number counts as none. */
const anySeconds: Scalar<number> = { ...seconds, read: (given) => seconds.read(given) ?? 0 };

const secondsOrReset: Scalar<number | 'reset'> = {
  label: 'reset, or seconds',
  read: (given) => (given === 'reset' ? given : seconds.read(given)),
  write: String,
  emptyIsAbsent: true,
};

const ofHost = attr(secondsOrReset, { invalid: (given, at) => xmlError(at, `unknown clock adjustment '${given}'`) });

const fields = {
  offset: attr(oneOf('utc', 'localtime', 'variable', 'timezone', 'absolute'), {
    fallback: 'utc',
    invalid: (given, at) => unsupported(at, `unknown clock offset '${given}'`),
  }),
  adjustment: byTag({ utc: ofHost, localtime: ofHost, variable: attr(anySeconds, { fallback: 0 }) }),
  basis: byTag({
    variable: attr(oneOf('utc', 'localtime'), {
      fallback: 'utc',
      invalid: (given, at) => unsupported(at, `unknown clock basis '${given}'`),
    }),
  }),
  timezone: byTag({
    timezone: attr(filled, {
      required: (at) => fault(at, 'INTERNAL_ERROR', "missing 'timezone' attribute for clock with offset='timezone'"),
    }),
  }),
  start: byTag({
    absolute: attr(ulong, {
      required: (at) => fault(at, 'INTERNAL_ERROR', "missing 'start' attribute for clock with offset='absolute'"),
    }),
  }),
  timer: children(timer),
};

/** What time the guest starts with, and which clocks it has. */
export const clock = tagged('offset', fields, { refine: withVariableOffset });
export type ClockDef = TaggedValue<typeof fields, 'offset'>;

/** A clock that is set so many seconds off is one of variable offset. */
function withVariableOffset(given: ClockDef): ClockDef {
  if (given.offset !== 'utc' && given.offset !== 'localtime') return given;
  const { offset, adjustment, timer: timers } = given;
  return typeof adjustment === 'number' ? { offset: 'variable', adjustment, basis: offset, timer: timers } : given;
}
