import { parseDomain, type DomainDef } from '@virtbus/libvirt-xml';
import type { DomainEntry } from '../core/domain-entry.js';

const read = new WeakMap<DomainEntry, DomainDef>();

/** A guest as it runs, read once for each change of it. */
export function liveDefinition(entry: DomainEntry): DomainDef {
  const known = read.get(entry);
  if (known) return known;
  const definition = parseDomain(entry.xml, { flavour: 'live' });
  read.set(entry, definition);
  return definition;
}
