/** Whole documents: text in, value out, and back. Everything that varies comes in as an argument. */
import { LibvirtError } from './errors/libvirt-error.js';
import { readElement, type Flavour, type ReadContext } from './model/read.js';
import { writeDocument } from './model/write.js';
import type { Element } from './model/element.js';
import { parseXml } from './syntax/parse-xml.js';
import { xmlLimits, type XmlLimits } from './syntax/limits.js';
import { domainCapabilities, type DomainCapabilities } from './capabilities/domain-capabilities.js';
import { hostCapabilities, type HostCapabilities } from './capabilities/host-capabilities.js';
import { domain, type DomainDef } from './domain/domain.js';
import { deviceFields, type DevicesDef } from './devices/devices.js';
import { netInterface, type NetDef } from './devices/interface/interface.js';
import { network, type NetworkDef } from './network/network.js';
import { secret, type SecretDef } from './secret/secret.js';
import { storagePool, type StoragePoolDef } from './storage/pool.js';
import { storageVolume, type StorageVolumeDef } from './storage/volume.js';
import { filterBinding, type FilterBindingDef } from './nwfilter/filter-binding.js';
import { nwfilter, type NwfilterDef } from './nwfilter/nwfilter.js';
import { networkPort, type NetworkPortDef } from './network/network-port.js';

export interface ParseOptions {
  /** `inactive` (the default) drops what only a running domain has, as libvirt does with every document handed to it. */
  readonly flavour?: Flavour;
  /** Makes UUIDs for what must have one and lacks it; without it they stay absent. */
  readonly newUuid?: () => string;
  /** Makes MAC addresses, likewise. */
  readonly newMac?: () => string;
  readonly limits?: XmlLimits;
}

export interface FormatOptions {
  readonly flavour?: Flavour;
  /** Whether passwords are written; true unless given. virsh shows them with `--security-info` only. */
  readonly secrets?: boolean;
}

interface Document<V> {
  readonly root: string;
  readonly spec: Element<V>;
  /** Name of the document in messages about its syntax. */
  readonly source: string;
  /** libvirt's module number when the root is another element: that of XML unless given. */
  readonly domain?: number;
}

function parse<V>({ root, spec, source, domain: module = 5 }: Document<V>, xml: string, options: ParseOptions): V {
  const node = parseXml(xml, source, options.limits ?? xmlLimits);
  const where = { domain: module, path: `/${node.name}`, line: node.line, column: node.column };
  if (node.name !== root) throw new LibvirtError('XML_ERROR', `expecting root element of '${root}', not '${node.name}'`, where);
  const context: ReadContext = { flavour: options.flavour ?? 'inactive', newUuid: options.newUuid, newMac: options.newMac };
  const value = readElement(spec, node, context);
  if (value === undefined) throw new LibvirtError('XML_ERROR', `element <${root}> says nothing`, where);
  return value;
}

const format = <V>({ root, spec }: Document<V>, value: V, { flavour = 'inactive', secrets = true }: FormatOptions): string =>
  writeDocument(spec, root, value, { flavour, secrets });

const domainDocument: Document<DomainDef> = { root: 'domain', spec: domain, source: 'domain_definition' };
const interfaceDocument: Document<NetDef> = { root: 'interface', spec: netInterface, source: 'device_definition' };
const networkDocument: Document<NetworkDef> = { root: 'network', spec: network, source: 'network_definition' };
const networkPortDocument: Document<NetworkPortDef> = { root: 'networkport', spec: networkPort, source: 'networkport_definition' };

const storagePoolDocument: Document<StoragePoolDef> = { root: 'pool', spec: storagePool, source: 'storage_pool_definition', domain: 18 };
const storageVolumeDocument: Document<StorageVolumeDef> = {
  root: 'volume',
  spec: storageVolume,
  source: 'storage_volume_definition',
  domain: 18,
};
const domainCapabilitiesDocument: Document<DomainCapabilities> = {
  root: 'domainCapabilities',
  spec: domainCapabilities,
  source: 'domain_capabilities',
};
const hostCapabilitiesDocument: Document<HostCapabilities> = { root: 'capabilities', spec: hostCapabilities, source: 'host_capabilities' };
const secretDocument: Document<SecretDef> = { root: 'secret', spec: secret, source: 'secret_definition', domain: 30 };
const nwfilterDocument: Document<NwfilterDef> = { root: 'filter', spec: nwfilter, source: 'nwfilter_definition' };
const bindingDocument: Document<FilterBindingDef> = { root: 'filterbinding', spec: filterBinding, source: 'nwfilterbinding_definition' };

/** @throws LibvirtError with libvirt's number and the path of the element at fault. */
export const parseNetwork = (xml: string, options: ParseOptions = {}): NetworkDef => parse(networkDocument, xml, options);
/** As `net-dumpxml` prints it. */
export const formatNetwork = (value: NetworkDef, options: FormatOptions = {}): string => format(networkDocument, value, options);

/** @throws LibvirtError with libvirt's number and the path of the element at fault. */
export const parseNetworkPort = (xml: string, options: ParseOptions = {}): NetworkPortDef => parse(networkPortDocument, xml, options);
export const formatNetworkPort = (value: NetworkPortDef, options: FormatOptions = {}): string =>
  format(networkPortDocument, value, options);

/** @throws LibvirtError with libvirt's number and the path of the element at fault. */
export const parseDomain = (xml: string, options: ParseOptions = {}): DomainDef => parse(domainDocument, xml, options);
/** As `dumpxml` prints it, `--inactive` unless the flavour is live. */
export const formatDomain = (value: DomainDef, options: FormatOptions = {}): string => format(domainDocument, value, options);

/** One `<interface>` by itself, as attach, detach and update take it. @throws LibvirtError */
export const parseInterface = (xml: string, options: ParseOptions = {}): NetDef => parse(interfaceDocument, xml, options);
export const formatInterface = (value: NetDef, options: FormatOptions = {}): string => format(interfaceDocument, value, options);

/** Kinds of devices of which a domain may have several. */
export type ListedDevice = { [K in keyof DevicesDef]-?: DevicesDef[K] extends readonly unknown[] ? K : never }[keyof DevicesDef];
type Listed<D> = D extends readonly (infer One)[] ? One : D;
export type Device<K extends keyof DevicesDef> = K extends unknown ? Listed<NonNullable<DevicesDef[K]>> : never;

const specOf = <K extends keyof DevicesDef>(kind: K): Element<Device<K>> =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the field of a kind describes the devices of that kind
  deviceFields[kind].element as Element<Device<K>>;

/** One device of a kind by itself, as attach, detach and update take it. @throws LibvirtError */
export const parseDevice = <K extends keyof DevicesDef>(kind: K, xml: string, options: ParseOptions = {}): Device<K> =>
  parse({ root: kind, spec: specOf(kind), source: 'device_definition' }, xml, options);

/** @throws LibvirtError with libvirt's number and the path of the element at fault. */
export const parseStoragePool = (xml: string, options: ParseOptions = {}): StoragePoolDef => parse(storagePoolDocument, xml, options);
/** As `pool-dumpxml` prints it. */
export const formatStoragePool = (value: StoragePoolDef, options: FormatOptions = {}): string =>
  format(storagePoolDocument, value, options);

/**
 * A volume to be made: what only the host knows of one that exists (key, path, times) is not read; the `live` flavour reads
 * and writes it.
 * @throws LibvirtError with libvirt's number and the path of the element at fault.
 */
export const parseStorageVolume = (xml: string, options: ParseOptions = {}): StorageVolumeDef => parse(storageVolumeDocument, xml, options);
/** As `vol-dumpxml` prints it, with the `live` flavour. */
export const formatStorageVolume = (value: StorageVolumeDef, options: FormatOptions = {}): string =>
  format(storageVolumeDocument, value, options);

/** @throws LibvirtError with libvirt's number and the path of the element at fault. */
export const parseSecret = (xml: string, options: ParseOptions = {}): SecretDef => parse(secretDocument, xml, options);
/** As `secret-dumpxml` prints it. */
export const formatSecret = (value: SecretDef, options: FormatOptions = {}): string => format(secretDocument, value, options);
/** A network filter. @throws LibvirtError */
export const parseNwfilter = (xml: string, options: ParseOptions = {}): NwfilterDef => parse(nwfilterDocument, xml, options);
/** As `nwfilter-dumpxml` prints it. */
export const formatNwfilter = (value: NwfilterDef, options: FormatOptions = {}): string => format(nwfilterDocument, value, options);

/** Which filter an interface has, with its parameters. @throws LibvirtError */
export const parseFilterBinding = (xml: string, options: ParseOptions = {}): FilterBindingDef => parse(bindingDocument, xml, options);
export const formatFilterBinding = (value: FilterBindingDef, options: FormatOptions = {}): string =>
  format(bindingDocument, value, options);

/** @throws LibvirtError with libvirt's number and the path of the element at fault. */
export const parseDomainCapabilities = (xml: string): DomainCapabilities => parse(domainCapabilitiesDocument, xml, {});
/** As `domcapabilities` prints it. */
export const formatDomainCapabilities = (value: DomainCapabilities): string => format(domainCapabilitiesDocument, value, {});

/** @throws LibvirtError with libvirt's number and the path of the element at fault. */
export const parseHostCapabilities = (xml: string): HostCapabilities => parse(hostCapabilitiesDocument, xml, {});
/** As `capabilities` prints it. */
export const formatHostCapabilities = (value: HostCapabilities): string => format(hostCapabilitiesDocument, value, {});
