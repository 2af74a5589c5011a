import { bridge } from './bridge.js';
import type { Connector } from './connector.js';
import { user } from './user.js';

/** How interfaces are connected, by kind (`kindOf`). A kind that is not here is refused by its name. */
export const connectors: Readonly<Record<string, Connector>> = { bridge, user };
