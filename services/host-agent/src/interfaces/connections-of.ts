import { parseDomain, type NetDef } from '@virtbus/libvirt-xml';
import type { DomainEntry } from '../core/domain-entry.js';
import { connectionAgain, type Connection } from './connection.js';

/** The connections of a domain on record. Its live definition has an interface for every record. */
export function connectionsOf({ uuid, name, xml, interfaces }: DomainEntry, directory: string): Connection[] {
  if (interfaces.length === 0) return [];
  const { type, devices } = parseDomain(xml, { flavour: 'live' });
  const owner = { uuid, name, type, directory };
  const byAlias = new Map<string, NetDef>(devices.interface.map((net) => [net.alias?.name ?? '', net]));
  return interfaces.flatMap((record) => {
    const net = byAlias.get(record.alias);
    return net ? [connectionAgain(owner, net, record)] : [];
  });
}
