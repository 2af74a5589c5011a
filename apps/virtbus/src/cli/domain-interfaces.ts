import type { NetDef } from '@virtbus/libvirt-xml';
import type { Context } from './context.js';
import { withDomain } from './references.js';

/** The interfaces of a domain: of the guest while it runs, unless its definition is asked for. The XML reader is loaded only for this. */
export async function domainInterfaces(context: Context, text: string, inactive: boolean): Promise<readonly NetDef[]> {
  const { xml } = await withDomain(context, text, undefined, async (domain) => context.ask('getDomainXml', { domain, inactive }));
  const { parseDomain } = await import('@virtbus/libvirt-xml');
  return parseDomain(xml, { flavour: inactive ? 'inactive' : 'live' }).devices?.interface ?? [];
}

/** By MAC address or by the link's name on its host. */
export const isNamed =
  (text: string) =>
  (net: NetDef): boolean =>
    net.mac?.address.toLowerCase() === text.toLowerCase() || net.target?.dev === text;
