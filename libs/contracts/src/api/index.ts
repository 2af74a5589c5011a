export * from './audit.contract.js';
export * from './domain-commands.contract.js';
export * from './events.contract.js';
export * from './facts.contract.js';
export * from './host-commands.contract.js';
export * from './network-commands.contract.js';
export * from './reads.contract.js';
export * from './tokens.contract.js';
