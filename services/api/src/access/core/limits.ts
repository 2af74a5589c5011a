import { roles, type Role } from './identity.js';
import { limitsTable, type Limits } from './limits-table.js';
import type { Rate } from './rate-limit.js';

export type LimitsByRole = Readonly<Record<Role, Limits>>;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The table's limits with what the operator of a gateway has changed of them: `{ "viewer": { "calls": { "perSecond": 20, "burst": 40 } } }`.
 * @throws RangeError that names what is wrong
 */
export function limitsByRole(given: unknown): LimitsByRole {
  if (!isRecord(given)) throw new RangeError('"limits" must be an object');
  const stranger = Object.keys(given).find((name) => !roles.some((role) => role === name));
  if (stranger !== undefined) throw new RangeError(`"limits.${stranger}" is no role`);
  const of = (role: Role): Limits => (given[role] === undefined ? limitsTable[role] : limitsOf(role, given[role]));
  return { viewer: of('viewer'), operator: of('operator'), administrator: of('administrator') };
}

function limitsOf(role: Role, given: unknown): Limits {
  const at = `limits.${role}`;
  if (!isRecord(given)) throw new RangeError(`"${at}" must be an object`);
  const usual = limitsTable[role];
  const { calls = usual.calls, writes = usual.writes, bodyBytes = usual.bodyBytes, streams = usual.streams, ...rest } = given;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw new RangeError(`"${at}.${unknown}" is not known`);
  return {
    calls: rateOf(`${at}.calls`, calls),
    writes: rateOf(`${at}.writes`, writes),
    bodyBytes: countOf(`${at}.bodyBytes`, bodyBytes),
    streams: countOf(`${at}.streams`, streams),
  };
}

function rateOf(at: string, given: unknown): Rate {
  const { perSecond, burst } = isRecord(given) ? given : {};
  if (typeof perSecond !== 'number' || !(perSecond > 0)) throw new RangeError(`"${at}.perSecond" must be a number above 0`);
  return { perSecond, burst: countOf(`${at}.burst`, burst) };
}

function countOf(at: string, given: unknown): number {
  if (typeof given !== 'number' || !Number.isSafeInteger(given) || given < 1)
    throw new RangeError(`"${at}" must be a whole number above 0`);
  return given;
}
