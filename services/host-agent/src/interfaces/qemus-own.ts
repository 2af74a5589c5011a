import { unsupported } from '../core/plan-interfaces.js';
import { nothing, type Connector } from './connector.js';

/** QEMU makes the connection by itself, from its command line: sockets, and vhost-user over one. */
export const qemusOwn: Connector = {
  ...nothing,
  volatile: true,
  reserve: async () => ({}),
  plug: async () => ({ handover: { type: 'none' } }),
};

/** What libvirt takes in a definition and no QEMU can be given. */
export const unstartable: Connector = {
  ...qemusOwn,
  reserve: async ({ net }) => {
    throw unsupported(net, `interfaces of type '${net.type}' cannot be started by QEMU`);
  },
};
