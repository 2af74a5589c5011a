import { nothing, type Connector } from './connector.js';

/** QEMU's own network stack: nothing on the host. */
export const user: Connector = {
  ...nothing,
  volatile: true,
  reserve: async () => ({}),
  plug: async () => ({ handover: { type: 'user' } }),
};
