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

/** An object, and what it is when it is no object of the call's own kind. */
export interface CalledUpon extends OwnedBy {
  readonly kind?: string | undefined;
}

/** Whether an identity may call, and may call this upon an object. Without an object: whether there is any point in parsing further. */
export function mayCall(identity: Identity, call: Call, object?: CalledUpon): Decision {
  const needs = roleFor(call);
  if (object && isAround(call, object)) return mayCallWithin(identity, { needs, isSeen: maySee(identity, object.kind ?? '', object) });
  if (object && !maySee(identity, call.resource, object)) return { type: 'hidden' };
  if (!reaches(identity.role, needs)) return { type: 'forbidden', needs };
  if (call.kind === 'request' || identity.projects === 'all') return { type: 'allowed' };
  return mayChange(identity.projects, call, object);
}

/** What the call's objects are in, and not one of them. */
const isAround = ({ resource }: Call, { kind }: CalledUpon): boolean => kind !== undefined && rowOf(resource).within === kind;

const mayCallWithin = ({ role }: Identity, { needs, isSeen }: { readonly needs: Role; readonly isSeen: boolean }): Decision => {
  if (!isSeen) return { type: 'hidden' };
  return reaches(role, needs) ? { type: 'allowed' } : { type: 'forbidden', needs };
};

/** What is the fleet's own, or shared by all projects, is changed by those whom no project binds. */
function mayChange(projects: readonly string[], { resource }: Call, object: OwnedBy | undefined): Decision {
  const { owned } = rowOf(resource);
  if (!owned) return { type: 'forbidden', needs: 'administrator' };
  if (!object || (object.project !== undefined && projects.includes(object.project))) return { type: 'allowed' };
  return { type: 'forbidden', needs: 'administrator' };
}
