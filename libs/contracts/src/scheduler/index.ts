export * from './device-commands.contract.js';
export * from './domain-commands.contract.js';
export * from './domain-operations.contract.js';
export * from './events.contract.js';
export * from './facts.contract.js';
