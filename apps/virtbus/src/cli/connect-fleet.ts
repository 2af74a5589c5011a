import type { Connect } from './context.js';
import { gatewayAddress } from './gateway-address.js';

/** Through a gateway when one is named, else over the bus. Either is loaded when it is needed. @throws FleetError */
export const connectFleet: Connect = async (url, surroundings, connectMs) => {
  const gateway = await gatewayAddress(url, surroundings);
  if (gateway) {
    const { connectRest } = await import('./rest-fleet.js');
    return connectRest(gateway, connectMs);
  }
  const { connectBus } = await import('./bus-fleet.js');
  return connectBus(url, surroundings, connectMs);
};
