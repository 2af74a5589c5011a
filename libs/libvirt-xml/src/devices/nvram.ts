import { element, type ValueOf } from '../model/element.js';
import { deviceInfo } from '../shared/device-info.js';

export const nvram = element(deviceInfo);
export type NvramDef = ValueOf<typeof nvram>;
