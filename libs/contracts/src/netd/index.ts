export * from './addresses.contract.js';
export * from './devices.contract.js';
export * from './events.contract.js';
export * from './ports.contract.js';
export * from './floors.contract.js';
export * from './hand-ports.contract.js';
