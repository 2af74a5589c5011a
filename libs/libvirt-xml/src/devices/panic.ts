import { attr } from '../model/field.js';
import { element, type ValueOf } from '../model/element.js';
import { unsupported } from '../model/place.js';
import { oneOf } from '../model/scalar.js';
import { deviceInfo } from '../shared/device-info.js';

/** How the guest tells that it has crashed. */
export const panic = element({
  model: attr(oneOf('isa', 'pseries', 'hyperv', 's390'), {
    invalid: (given, at) => unsupported(at, `unknown panic model '${given}'`),
  }),
  ...deviceInfo,
});
export type PanicDef = ValueOf<typeof panic>;
