// class-transformer's @Type reads the metadata that this keeps; it has to be there before any payload class.
import 'reflect-metadata';
export * from './all.js';
export * from './api/index.js';
export * from './contract.js';
export * from './decode.js';
export * from './defined.js';
export * from './errors.js';
export * from './headers.js';
export * from './lookup.js';
export * from './host-agent/index.js';
export * from './netd/index.js';
export * from './outcome.contract.js';
export * from './refusal.js';
// For whoever generates a document of their own.
export * from './reference/index.js';
export * from './scheduler/index.js';
export * from './streams.js';
export * from './subject.js';
export * from './validators.js';
export * from './values/index.js';
export { senderSubjects, sentBy } from './senders.js';
