/** What the ways into the fleet use of this folder: REST, libvirt's RPC, messages. */
export { homeProject, isTrusted, localRoot, nobody, type Identity, type Role } from './core/identity.js';
export type { Limits } from './core/limits-table.js';
export { callOf, isOwned, mayCall, maySee, type Call, type Decision } from './core/may-call.js';
export type { Credential } from './authenticator.js';
export { Gate, notFound, type Callable, type Caller, type Target, type Write } from './gate.js';
export { RateLimited } from './rate-limits.js';
export { Tickets, type Admission } from './tickets.js';
