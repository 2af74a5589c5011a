import { attr } from '../model/field.js';
import { element, type ValueOf } from '../model/element.js';
import { oneOf } from '../model/scalar.js';
import { unsupported } from '../model/place.js';
import { deviceInfo } from '../shared/device-info.js';

export const hub = element({
  type: attr(oneOf('usb'), { required: true, invalid: (given, at) => unsupported(at, `unknown hub device type '${given}'`) }),
  ...deviceInfo,
});
export type HubDef = ValueOf<typeof hub>;
