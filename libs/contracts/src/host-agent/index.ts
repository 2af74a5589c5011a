export * from './console.contract.js';
export * from './device-commands.contract.js';
export * from './domain-commands.contract.js';
export * from './domain-operations.contract.js';
export * from './events.contract.js';
export * from './facts.contract.js';
export * from './guest-events.contract.js';
export * from './network.contract.js';
