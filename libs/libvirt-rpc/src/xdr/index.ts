export * from './codec.js';
export { XdrReader } from './reader.js';
export { XdrWriter } from './writer.js';
export { XdrError } from './xdr-error.js';
