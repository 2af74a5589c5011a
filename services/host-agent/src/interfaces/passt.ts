import { unsupported } from '../core/plan-interfaces.js';
import { passtOptions } from '../core/passt-options.js';
import type { Connection } from './connection.js';
import { nothing, type Connector } from './connector.js';

const placeOf = ({ owner: { directory }, alias }: Connection) => ({ directory, alias });

/** passt forwards for the guest in place of QEMU's own stack: a daemon of the host, which QEMU connects to. */
export const passt: Connector = {
  ...nothing,
  volatile: false,

  async reserve({ net }, { links }) {
    if (!links.passt.isInstalled())
      throw unsupported(
        net,
        "<backend type='passt'> needs passt, which is not installed on this host; without it QEMU's own network stack serves the interface",
      );
    return {};
  },

  async plug(connection, { links }) {
    const options = connection.net.type === 'user' ? passtOptions(connection.net) : [];
    return { handover: { type: 'stream', socket: await links.passt.start({ ...placeOf(connection), options }) } };
  },

  async unplug(connection, { links }) {
    await links.passt.stop(placeOf(connection));
  },
};
