import type { DeviceKind } from '../devices/device-kind.js';
import { attachInterface } from './attach-interface.js';
import { detachInterface, detachMarked, finishRemoval } from './detach-interface.js';
import { withStage } from './on-record.js';
import { recoverInterfaces } from './recover-interfaces.js';
import { updateInterface } from './update-interface.js';

/** `<interface>` of a running guest. */
export const interfaceDevice: DeviceKind = {
  attach: attachInterface,
  detach: detachInterface,
  update: updateInterface,
  has: ({ entry }, alias) => entry.interfaces.some((each) => each.alias === alias),
  detachAlias: (guest, alias, by) => detachMarked(guest, { alias: { name: alias } }, by),
  removed: finishRemoval,
  async rejected(guest, alias) {
    await guest.record((entry) => withStage(entry, alias, undefined));
    await guest.tell({ what: 'deviceremovalfailed', alias });
  },
  recover: recoverInterfaces,
};
