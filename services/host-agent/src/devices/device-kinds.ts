import type { DeviceKind as KindName } from '@virtbus/libvirt-xml';
import { interfaceDevice } from '../interfaces/interface-device.js';
import { changeMedium } from './change-medium.js';
import type { DeviceKind } from './device-kind.js';
import { PlainDevice } from './plain-device.js';

/** QEMU's boards have drives and keyboards of their own, which have no alias there. */
const onBoard: ReadonlySet<string> = new Set(['sd', 'fdc']);

/** Kinds of devices that can be changed while a guest runs, by the name of their element. Others are refused by it. */
export const deviceKinds: Partial<Readonly<Record<KindName, DeviceKind>>> = {
  interface: interfaceDevice,
  disk: new PlainDevice('disk', {
    update: changeMedium,
    isListed: ({ target }: { readonly target: { readonly bus?: string } }) => !onBoard.has(target.bus ?? ''),
  }),
  rng: new PlainDevice('rng', { isListed: () => true }),
  input: new PlainDevice('input', { isListed: () => false }),
  controller: new PlainDevice('controller', { isListed: () => false }),
  watchdog: new PlainDevice('watchdog', { isListed: () => false }),
};
