import { bridge } from './bridge.js';
import type { Connector } from './connector.js';
import { direct } from './direct.js';
import { ethernet } from './ethernet.js';
import { hostdev } from './hostdev.js';
import { passt } from './passt.js';
import { qemusOwn, unstartable } from './qemus-own.js';
import { user } from './user.js';
import { vdpa } from './vdpa.js';

/** How interfaces are connected, by kind (`kindOf`). A kind that is not here is refused by its name. */
export const connectors: Readonly<Record<string, Connector>> = {
  bridge,
  direct,
  ethernet,
  hostdev,
  user,
  internal: user,
  passt,
  vhostuser: qemusOwn,
  server: qemusOwn,
  client: qemusOwn,
  mcast: qemusOwn,
  udp: qemusOwn,
  vdpa,
  null: unstartable,
  vds: unstartable,
};
