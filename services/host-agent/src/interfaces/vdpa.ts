import { constants } from 'node:fs';
import { open, SystemError } from '@virtbus/libc';
import { unsupported } from '../core/plan-interfaces.js';
import { LinkError } from '../links/link-error.js';
import { nothing, type Connector } from './connector.js';

/** A vDPA device of the host: its character device is opened here, so that QEMU needs no path to it. */
export const vdpa: Connector = {
  ...nothing,
  volatile: true,

  async reserve({ net }) {
    if (net.type === 'vdpa' && net.model?.type !== undefined && net.model.type !== 'virtio')
      throw unsupported(net, `invalid model '${net.model.type}' for interface of type 'vdpa': it takes model='virtio'`);
    return {};
  },

  async plug({ net }) {
    const path = net.type === 'vdpa' ? net.source.dev : '';
    try {
      return { handover: { type: 'vdpa', fd: open(path, constants.O_RDWR) } };
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      throw new LinkError('device_missing', `cannot open the vDPA device ${path}: ${error.message}`, { cause: error });
    }
  },
};
