/**
 * JSON Web Tokens (RFC 7519) as far as they can be judged without a key: what they are made of, and whether their claims hold.
 * The algorithms are pinned by whoever configures the issuer, never by the token (RFC 8725); none of them is symmetric.
 */
import { isProjectName } from '@virtbus/contracts';
import { isGrant, isRole, roles, type Identity, type Projects, type Role } from './identity.js';

export const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;
export type Algorithm = (typeof algorithms)[number];

export interface IssuerRules {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly Algorithm[];
  /** The claim that holds roles or groups; default `virtbus_role`. */
  readonly roleClaim: string;
  /** Which of the claim's values mean which role; the roles' own names when absent. */
  readonly roleValues?: Readonly<Partial<Record<Role, readonly string[]>>> | undefined;
  /** The claim that holds projects; default `virtbus_projects`. The value `*` means all. */
  readonly projectClaim: string;
  readonly grantClaim: string;
  /** How far clocks may be apart. Seconds. */
  readonly leewaySeconds: number;
  /** Each token is good for one call: its `jti` is remembered until it expires. */
  readonly oneUse: boolean;
}

export interface JwtParts {
  readonly header: { readonly alg: string; readonly kid: string | undefined };
  readonly claims: Readonly<Record<string, unknown>>;
  /** What is signed. */
  readonly signed: string;
  readonly signature: string;
}

/** Longer ones are not looked at. */
export const MAX_JWT_LENGTH = 8 * 1024;

/** Three parts of base64url. */
const COMPACT = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

function jsonOf(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    // Not JSON: no token.
    return undefined;
  }
}

/** @returns undefined for what is no signed token */
export function parseJwt(text: string): JwtParts | undefined {
  const [head, body, signature] = text.length > MAX_JWT_LENGTH ? [] : (COMPACT.exec(text)?.slice(1) ?? []);
  if (head === undefined || body === undefined || signature === undefined) return undefined;
  const header = headerOf(jsonOf(head));
  const claims = jsonOf(body);
  return header && claims ? { header, claims, signed: `${head}.${body}`, signature } : undefined;
}

/** `crit` names extensions that must be understood: none is. */
function headerOf(header: Record<string, unknown> | undefined): JwtParts['header'] | undefined {
  const alg = textOf(header?.['alg']);
  return alg === undefined || header?.['crit'] !== undefined ? undefined : { alg, kid: textOf(header?.['kid']) };
}

export type ClaimsVerdict =
  | { readonly type: 'good'; readonly identity: Identity; readonly expiresAt: number; readonly id: string | undefined }
  | { readonly type: 'bad'; readonly why: string };

const bad = (why: string): ClaimsVerdict => ({ type: 'bad', why });

/** Whether a token whose signature holds may be used now. `now` in seconds since 1970. */
export function judgeClaims({ claims }: JwtParts, rules: IssuerRules, now: number): ClaimsVerdict {
  if (claims['iss'] !== rules.issuer) return bad('it is of another issuer');
  if (!valuesOf(claims['aud']).includes(rules.audience)) return bad('it is meant for another audience');
  const stale = timeFault(claims, rules.leewaySeconds, now);
  if (stale !== undefined) return bad(stale);
  const subject = textOf(claims['sub']);
  if (subject === undefined) return bad('it names no subject');
  const id = textOf(claims['jti']);
  if (rules.oneUse && id === undefined) return bad('it has no id, and this issuer gives tokens for one use');
  const role = roleOf(claims, rules);
  if (role === undefined) return bad(`its claim ${rules.roleClaim} gives no role`);
  const projects = projectsOf(claims[rules.projectClaim]);
  if (projects === undefined) return bad(`its claim ${rules.projectClaim} names no project`);
  const identity = { name: `${rules.issuer} ${subject}`, role, projects, grants: valuesOf(claims[rules.grantClaim]).filter(isGrant) };
  return { type: 'good', identity, expiresAt: numberOf(claims['exp']) ?? now, id };
}

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);

function timeFault(claims: JwtParts['claims'], leeway: number, now: number): string | undefined {
  const [exp, nbf, iat] = ['exp', 'nbf', 'iat'].map((name) => numberOf(claims[name]));
  if (exp === undefined) return 'it never expires';
  if (exp + leeway <= now) return 'it has expired';
  if (claims['nbf'] !== undefined && (nbf === undefined || nbf - leeway > now)) return 'it is not valid yet';
  if (claims['iat'] !== undefined && (iat === undefined || iat - leeway > now)) return 'it was issued in the future';
  return undefined;
}

/** A claim of one text or a list of them. */
const valuesOf = (claim: unknown): string[] =>
  (Array.isArray(claim) ? claim : [claim]).filter((one): one is string => typeof one === 'string');

/** The highest role that one of the values gives. */
function roleOf(claims: JwtParts['claims'], { roleClaim, roleValues }: IssuerRules): Role | undefined {
  const values = valuesOf(claims[roleClaim]);
  const gives = (role: Role): boolean => (roleValues?.[role] ?? (roleValues ? [] : [role])).some((value) => values.includes(value));
  return roles.toReversed().find(gives);
}

function projectsOf(claim: unknown): Projects | undefined {
  const values = valuesOf(claim);
  if (values.includes('*')) return 'all';
  return values.length > 0 && values.every(isProjectName) ? values : undefined;
}

/** What a configuration says of an issuer, checked. @throws RangeError that names the field */
export function issuerRules(given: Readonly<Record<string, unknown>>): IssuerRules {
  const text = (name: string, usual?: string): string => {
    const value = textOf(given[name] ?? usual);
    if (value === undefined) throw new RangeError(`an issuer needs "${name}", a text`);
    return value;
  };
  const leeway = given['leewaySeconds'] ?? 30;
  if (typeof leeway !== 'number' || leeway < 0 || leeway > 300) throw new RangeError('"leewaySeconds" must be 0 to 300');
  return {
    issuer: text('issuer'),
    audience: text('audience'),
    algorithms: algorithmsOf(given['algorithms']),
    roleClaim: text('roleClaim', 'virtbus_role'),
    roleValues: roleValuesOf(given['roleValues']),
    projectClaim: text('projectClaim', 'virtbus_projects'),
    grantClaim: text('grantClaim', 'virtbus_grants'),
    leewaySeconds: leeway,
    oneUse: given['oneUse'] === true,
  };
}

function algorithmsOf(given: unknown): readonly Algorithm[] {
  const named = Array.isArray(given) ? given : [];
  const known = algorithms.filter((algorithm) => named.includes(algorithm));
  if (known.length === 0 || known.length < named.length)
    throw new RangeError(`"algorithms" must be a list out of ${algorithms.join(', ')}`);
  return known;
}

function roleValuesOf(given: unknown): IssuerRules['roleValues'] {
  if (given === undefined) return undefined;
  if (!isRecord(given) || !Object.keys(given).every(isRole)) throw new RangeError(`"roleValues" may have ${roles.join(', ')}`);
  return Object.fromEntries(Object.entries(given).map(([role, values]) => [role, valuesOf(values)]));
}
