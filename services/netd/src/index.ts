export { startNetd } from './start.js';
export { dnsmasqPlanOf } from './core/dnsmasq.js';
export { hostNetworkOf } from './core/host-network.js';
