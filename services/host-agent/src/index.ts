export { startHostAgent, type HostAgentOptions } from './start.js';
export { filterDifference } from './core/nwfilter/corpus-case.js';
export { firewallPlanOf, isMade } from './core/network-plans.js';
export { nftRules } from './core/nft-rules.js';
