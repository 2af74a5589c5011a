export { runUp, startFleet, type Fleet, type UpOptions } from './up/index.js';
export { nodeFlags } from './up/separate.js';
