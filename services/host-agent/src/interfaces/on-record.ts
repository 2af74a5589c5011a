import { formatDomain, parseDomain, type DomainDef, type NetDef } from '@virtbus/libvirt-xml';
import type { DomainEntry } from '../core/domain-entry.js';
import type { InterfaceRecord } from '../core/interface-record.js';
import { connectionAgain, type Connection, type Owner } from './connection.js';

/** Interfaces of a domain on record: in its live definition and in its list, which always agree. */
export const liveDefinition = ({ xml }: Pick<DomainEntry, 'xml'>): DomainDef => parseDomain(xml, { flavour: 'live' });

const withInterfaces = (entry: DomainEntry, change: (nets: readonly NetDef[]) => readonly NetDef[]): string => {
  const live = liveDefinition(entry);
  return formatDomain({ ...live, devices: { ...live.devices, interface: change(live.devices.interface) } }, { flavour: 'live' });
};

/** With an interface that is new or, known by its alias, otherwise than before. */
export function withInterface(entry: DomainEntry, net: NetDef, record: InterfaceRecord): DomainEntry {
  const isIt = (each: NetDef): boolean => each.alias?.name === record.alias;
  const isNew = !entry.interfaces.some(({ alias }) => alias === record.alias);
  return {
    ...entry,
    xml: withInterfaces(entry, (nets) => (isNew ? [...nets, net] : nets.map((each) => (isIt(each) ? net : each)))),
    interfaces: isNew ? [...entry.interfaces, record] : entry.interfaces.map((each) => (each.alias === record.alias ? record : each)),
  };
}

export const withoutInterface = (entry: DomainEntry, alias: string): DomainEntry => ({
  ...entry,
  xml: withInterfaces(entry, (nets) => nets.filter((each) => each.alias?.name !== alias)),
  interfaces: entry.interfaces.filter((each) => each.alias !== alias),
});

/** The same with another stage; undefined: plugged. */
export const withStage = (entry: DomainEntry, alias: string, stage: InterfaceRecord['stage']): DomainEntry => ({
  ...entry,
  interfaces: entry.interfaces.map((record) => (record.alias === alias ? staged(record, stage) : record)),
});

function staged({ stage: _before, by: _by, ...record }: InterfaceRecord, stage: InterfaceRecord['stage']): InterfaceRecord {
  return stage === undefined ? record : { ...record, stage };
}

export const ownerOf = (entry: DomainEntry, type: string, directory: string): Owner => ({
  uuid: entry.uuid,
  name: entry.name,
  type,
  directory,
});

/** The connection of one interface on record; undefined when there is none of that alias. */
export function connectionOnRecord(entry: DomainEntry, alias: string, directory: string): Connection | undefined {
  const live = liveDefinition(entry);
  const net = live.devices.interface.find((each) => each.alias?.name === alias);
  const record = entry.interfaces.find((each) => each.alias === alias);
  return net && record && connectionAgain(ownerOf(entry, live.type, directory), net, record);
}
