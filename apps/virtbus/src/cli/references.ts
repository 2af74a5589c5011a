/** Domains and networks by whatever a user types: the number of a running domain, a UUID, a name. */
import type { DomainDetail, NetworkSummary } from '@virtbus/contracts';
import type { Context } from './context.js';
import { Failure, failed } from './failure.js';
import { FleetError } from './fleet.js';

export type DomainKey = 'id' | 'uuid' | 'name';

const isNumber = (text: string): boolean => /^\d+$/.test(text);
const sameUuid = (uuid: string, text: string): boolean => uuid === text.toLowerCase();

const domainMissing = (text: string): Failure => new Failure([`failed to get domain '${text}'`], 'no_domain', { libvirt: 42 });

export const networkMissing = (text: string): Failure =>
  new Failure([`failed to get network '${text}'`, `Network not found: no network with matching name '${text}'`], 'no_network', {
    libvirt: 43,
  });

const hasCode = (thrown: unknown, code: string): boolean => thrown instanceof FleetError && thrown.code === code;

/** What the fleet is asked with: numbers become UUIDs, since the fleet's messages take UUIDs and names only. */
export async function domainReference(context: Context, text: string): Promise<string> {
  if (!isNumber(text)) return text;
  const { domains } = await context.ask('listDomains', {});
  return domains.find(({ id }) => id === Number(text))?.uuid ?? text;
}

/**
 * Does something with a domain that the user has named.
 * @throws Failure that begins with `doing`, or says that there is no such domain
 */
export async function withDomain<T>(
  context: Context,
  text: string,
  doing: string | undefined,
  act: (domain: string) => Promise<T>,
): Promise<T> {
  try {
    return await act(await domainReference(context, text));
  } catch (error) {
    throw hasCode(error, 'no_domain') ? domainMissing(text) : failed(doing, error);
  }
}

function answersTo(domain: DomainDetail, text: string, keys: readonly DomainKey[]): boolean {
  if (keys.includes('id') && isNumber(text) && domain.id === Number(text)) return true;
  if (keys.includes('uuid') && sameUuid(domain.uuid, text)) return true;
  return keys.includes('name') && domain.name === text;
}

/** The domain, when it is named by one of the allowed keys. */
export async function findDomain(
  context: Context,
  text: string,
  keys: readonly DomainKey[] = ['id', 'uuid', 'name'],
): Promise<DomainDetail> {
  const domain = await withDomain(context, text, undefined, async (reference) =>
    context.ask('getDomain', { domain: keys.includes('id') ? reference : text }),
  );
  if (!answersTo(domain, text, keys)) throw domainMissing(text);
  return domain;
}

export async function withNetwork<T>(text: string, doing: string | undefined, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw hasCode(error, 'no_network') ? networkMissing(text) : failed(doing, error);
  }
}

/** @returns undefined when there is no such network */
export async function findNetwork(context: Context, text: string, keys: readonly ('uuid' | 'name')[]): Promise<NetworkSummary | undefined> {
  const { networks } = await withNetwork(text, undefined, async () => context.ask('listNetworks', {}));
  const byUuid = keys.includes('uuid') ? networks.find(({ uuid }) => sameUuid(uuid, text)) : undefined;
  return byUuid ?? (keys.includes('name') ? networks.find(({ name }) => name === text) : undefined);
}
