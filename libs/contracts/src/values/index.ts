export * from './actual-net-def.js';
export * from './common.js';
export * from './demand.js';
export * from './domain.js';
export * from './happening.js';
export * from './host-devices.js';
export * from './host-network.js';
export * from './lifecycle-numbers-table.js';
