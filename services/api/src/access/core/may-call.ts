import { isSeenFrom, type OwnedBy } from '@virtbus/contracts';
import { callsTable, type ResourceRow } from './calls-table.js';
import { reaches, type Identity, type Role } from './identity.js';

/** What is called: a contract, or a call that no contract stands behind, named in the same way. */
export interface Call {
  readonly resource: string;
  readonly verb: string;
  readonly kind: 'request' | 'command';
}

export type Decision =
  | { readonly type: 'allowed' }
  /** The caller may know that the object is there. */
  | { readonly type: 'forbidden'; readonly needs: Role }
  /** The caller learns no more than of an object that is not there. */
  | { readonly type: 'hidden' };

const SUBJECT = /^virtbus\.v1\.(?:host\.[^.]+\.)?(?<kind>req|cmd)\.(?<resource>[a-z]+)\.(?<verb>[a-z]+)$/;

/** @throws RangeError when the contract is none that can be called */
export function callOf({ subject }: { readonly subject: string }): Call {
  const { kind, resource = '', verb = '' } = SUBJECT.exec(subject)?.groups ?? {};
  if (kind === undefined) throw new RangeError(`${subject} is neither a request nor a command`);
  return { resource, verb, kind: kind === 'req' ? 'request' : 'command' };
}

const nobodys: ResourceRow = { ask: 'administrator', order: 'administrator', owned: false };

const rowOf = (resource: string): ResourceRow => (Object.hasOwn(callsTable, resource) ? callsTable[resource] : undefined) ?? nobodys;

export function roleFor({ resource, verb, kind }: Call): Role {
  const { verbs = {}, ask, order } = rowOf(resource);
  const own = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  return own ?? (kind === 'request' ? ask : order);
}

/** Whether the objects of the resource belong to projects. */
export const isOwned = (resource: string): boolean => rowOf(resource).owned;

export function maySee({ projects }: Identity, resource: string, object: OwnedBy): boolean {
  const { owned, shared = false } = rowOf(resource);
  return !owned || isSeenFrom(projects, object, shared);
}

/** Whether an identity may call, and may call this upon an object. Without an object: whether there is any point in parsing further. */
export function mayCall(identity: Identity, call: Call, object?: OwnedBy): Decision {
  const needs = roleFor(call);
  if (object && !maySee(identity, call.resource, object)) return { type: 'hidden' };
  if (!reaches(identity.role, needs)) return { type: 'forbidden', needs };
  if (call.kind === 'request' || identity.projects === 'all') return { type: 'allowed' };
  return mayChange(identity.projects, call, object);
}

/** What is the fleet's own, or shared by all projects, is changed by those whom no project binds. */
function mayChange(projects: readonly string[], { resource }: Call, object: OwnedBy | undefined): Decision {
  const { owned } = rowOf(resource);
  if (!owned) return { type: 'forbidden', needs: 'administrator' };
  if (!object || (object.project !== undefined && projects.includes(object.project))) return { type: 'allowed' };
  return { type: 'forbidden', needs: 'administrator' };
}
