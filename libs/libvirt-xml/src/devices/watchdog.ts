import { attr } from '../model/field.js';
import { element, type ValueOf } from '../model/element.js';
import { oneOf } from '../model/scalar.js';
import { fault, unsupported } from '../model/place.js';
import { deviceInfo } from '../shared/device-info.js';

const actions = ['reset', 'shutdown', 'poweroff', 'pause', 'dump', 'none', 'inject-nmi'] as const;

/** What happens when the guest stops making signs of life. */
export const watchdog = element({
  model: attr(oneOf('i6300esb', 'ib700', 'diag288', 'itco'), {
    required: (at) => fault(at, 'INTERNAL_ERROR', 'watchdog must contain model name'),
    invalid: (given, at) => unsupported(at, `unknown watchdog model '${given}'`),
  }),
  action: attr(oneOf(...actions), { fallback: 'reset', invalid: (given, at) => unsupported(at, `unknown watchdog action '${given}'`) }),
  ...deviceInfo,
});
export type WatchdogDef = ValueOf<typeof watchdog>;
