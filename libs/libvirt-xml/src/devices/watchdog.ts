import { attr } from '../model/field.js';
import { element, type ValueOf } from '../model/element.js';
import { oneOf } from '../model/scalar.js';
import { deviceInfo } from '../shared/device-info.js';

const actions = ['reset', 'shutdown', 'poweroff', 'pause', 'dump', 'none', 'inject-nmi'] as const;

/** What happens when the guest stops making signs of life. */
export const watchdog = element({
  model: attr(oneOf('i6300esb', 'ib700', 'diag288', 'itco'), { required: true }),
  action: attr(oneOf(...actions), { fallback: 'reset' }),
  ...deviceInfo,
});
export type WatchdogDef = ValueOf<typeof watchdog>;
