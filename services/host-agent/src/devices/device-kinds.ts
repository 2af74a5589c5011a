import type { DeviceKind as KindName } from '@virtbus/libvirt-xml';
import { interfaceDevice } from '../interfaces/interface-device.js';
import type { DeviceKind } from './device-kind.js';

/** Kinds of devices that can be changed while a guest runs, by the name of their element. Others are refused by it. */
export const deviceKinds: Partial<Readonly<Record<KindName, DeviceKind>>> = { interface: interfaceDevice };
