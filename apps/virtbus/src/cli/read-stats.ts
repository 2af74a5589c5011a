import type { DomainDetail, StatsGroup } from '@virtbus/contracts';
import type { Context } from './context.js';
import { isActive } from './core/list-filter.js';
import { Failure, failed } from './failure.js';
import { findDomain } from './references.js';

export type Stats = Readonly<Record<string, number | string | boolean>>;

export const notRunning = (): Failure =>
  new Failure(['Requested operation is not valid: domain is not running'], 'operation_invalid', { libvirt: 55 });

/** What one running domain uses. @throws Failure when it does not run */
export async function statsOf(
  context: Context,
  text: string,
  group: StatsGroup,
): Promise<{ readonly domain: DomainDetail; readonly stats: Stats }> {
  const domain = await findDomain(context, text);
  if (!isActive(domain)) throw notRunning();
  try {
    const { records } = await context.ask('getDomainStats', { domains: [domain.uuid], groups: [group] });
    return { domain, stats: records[0]?.stats ?? {} };
  } catch (error) {
    throw failed(undefined, error);
  }
}

/** `net.0.name` … with the given name → `net.0.` */
export function memberOf(stats: Stats, group: 'net' | 'block', name: string): string | undefined {
  const names = group === 'block' ? ['name', 'path'] : ['name'];
  for (let at = 0; at < Number(stats[`${group}.count`] ?? 0); at += 1) {
    if (names.some((key) => stats[`${group}.${at}.${key}`] === name)) return `${group}.${at}.`;
  }
  return undefined;
}
