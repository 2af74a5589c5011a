import { readFile } from 'node:fs/promises';
import { issuerRules, type IssuerRules } from './core/jwt.js';
import { limitsByRole, type LimitsByRole } from './core/limits.js';
import { limitsTable } from './core/limits-table.js';

export interface IssuerSettings {
  readonly rules: IssuerRules;
  /** Where the issuer's keys are: a file's path, or a URL. */
  readonly jwks: string;
}

/** What the operator of a gateway decides. */
export interface AccessSettings {
  readonly issuers: readonly IssuerSettings[];
  /** Directories whose files anybody's definition may name. */
  readonly imageRoots: readonly string[];
  /** What each role's credentials may send. */
  readonly limits: LimitsByRole;
}

const none: AccessSettings = { issuers: [], imageRoots: [], limits: limitsTable };

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads the file that `VIRTBUS_ACCESS_FILE` names. @throws Error that names the file and what is wrong with it */
export async function readAccessSettings(path: string | undefined): Promise<AccessSettings> {
  if (path === undefined || path === '') return none;
  try {
    return accessSettings(JSON.parse(await readFile(path, 'utf8')) as unknown);
  } catch (cause) {
    throw new Error(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** @throws RangeError */
export function accessSettings(given: unknown): AccessSettings {
  if (!isRecord(given)) throw new RangeError('the access file must be a JSON object');
  const { issuers = [], imageRoots = [], limits = {}, ...rest } = given;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw new RangeError(`"${unknown}" is not known`);
  if (!Array.isArray(issuers) || !issuers.every(isRecord)) throw new RangeError('"issuers" must be a list of objects');
  if (!Array.isArray(imageRoots) || !imageRoots.every((root): root is string => typeof root === 'string' && root.startsWith('/'))) {
    throw new RangeError('"imageRoots" must be a list of absolute paths');
  }
  return { issuers: issuers.map(issuerSettings), imageRoots, limits: limitsByRole(limits) };
}

function issuerSettings(given: Record<string, unknown>): IssuerSettings {
  const { jwks } = given;
  if (typeof jwks !== 'string' || jwks === '') throw new RangeError('an issuer needs "jwks", a file or a URL');
  if (jwks.startsWith('http:') && !/^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?:[:/]|$)/.test(jwks)) {
    throw new RangeError('"jwks" must be an https URL: whoever can change the keys is everyone');
  }
  return { rules: issuerRules(given), jwks };
}
