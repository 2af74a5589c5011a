/** Every call of the OpenAPI description as it is meant: on objects that are there, with a body that can be carried out. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as contracts from '@virtbus/contracts';
import { domainXml, hostId, networkXml } from './rest-fleet.js';

/** A document of which only some is looked at. */
// oxlint-disable-next-line typescript/no-explicit-any -- a JSON document
type Json = Readonly<Record<string, any>>;

export const document = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/generated/openapi.json'), 'utf8')) as Json;

export interface Described {
  readonly path: string;
  readonly method: string;
  readonly operationId: string;
  readonly operation: Json;
}

export const described: readonly Described[] = Object.entries<Json>(document['paths'] as Json).flatMap(([path, methods]) =>
  Object.entries<Json>(methods).map(([method, operation]) => ({
    path,
    method: method.toUpperCase(),
    operationId: String(operation['operationId']),
    operation,
  })),
);

const uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const card = "<interface type='network'><mac address='52:54:00:12:34:56'/><source network='lab'/></interface>";
const disk = "<disk type='file'><source file='/srv/web.img'/><target dev='vda' bus='virtio'/></disk>";
const web = domainXml('web', card + disk, uuid).replace('<vcpu>1<', '<vcpu>2<');
const lab = `<network><name>lab</name><uuid>${uuid}</uuid><ip address='10.9.0.1' prefix='24'><dhcp/></ip></network>`;
const filterXml = (name: string): string => `<filter name='${name}'/>`;
/** Of nobody's interface. */
export const handPort = 'c7a5fdbd-edaf-9455-926a-d65c16db1877';
/** What each name in a path stands for. */
export const objects = {
  ...{
    domain: 'web',
    network: 'lab',
    pool: 'images',
    host: hostId,
    secret: uuid,
    filter: 'f',
    portDev: 'veth0',
    volume: 'v',
    token: '0123456789abcdef',
  },
  port: handPort,
} as const;
const bindingXml = (portDev: string): string =>
  `<filterbinding><owner><name>box</name><uuid>${uuid}</uuid></owner><portdev name='${portDev}'/><mac address='52:54:00:12:34:57'/><filterref filter='f'/></filterbinding>`;
const poolXml = (name: string): string => `<pool type='dir'><name>${name}</name><target><path>/srv/${name}</path></target></pool>`;
export const documents: Readonly<Record<string, string>> = {
  defineDomain: domainXml('another'),
  replaceDomain: web,
  defineNetwork: networkXml('another'),
  replaceNetwork: lab,
  createNetworkPort: `<networkport><uuid>${handPort}</uuid><owner><name>web</name><uuid>${uuid}</uuid></owner><mac address='52:54:00:12:34:77'/></networkport>`,
  definePool: poolXml('another'),
  createVolume: '<volume><name>v</name><capacity>1</capacity></volume>',
  defineSecret: `<secret><uuid>${uuid}</uuid><usage type='iscsi'><target>t</target></usage></secret>`,
  defineNwfilter: filterXml('another'),
  createNwfilterBinding: bindingXml('veth1'),
};
/** What there has to be for the calls: where it is made, and of what. */
export const made: readonly (readonly [place: string, document: string])[] = [
  ['domains', web],
  ['networks', lab],
  ['pools', poolXml('images')],
  ['secrets', documents['defineSecret'] ?? ''],
  ['nwfilters', filterXml('f')],
  ['nwfilter-bindings', bindingXml('veth0')],
];
const bodies: Readonly<Record<string, object>> = { openConsole: {}, openGraphics: {}, createToken: { name: 'ci', role: 'viewer' } };

/** What of a running guest goes on to its host, where nobody is in these fleets. */
const config = { live: false, config: true };
const inDefinition: Readonly<Record<string, object>> = {
  setDomainMemory: config,
  setDomainMetadata: config,
  tuneInterface: config,
  tuneDisk: config,
  pinThread: config,
};

export const at = (path: string, named: Readonly<Record<string, string>> = objects): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => named[name] ?? name);

/** The contract's example, without what stands in the path. */
export function bodyOf({ operationId, path }: Pick<Described, 'operationId' | 'path'>): string | object {
  const contract = (contracts as Readonly<Record<string, unknown>>)[operationId] as { readonly example?: object } | undefined;
  const inPath = new Set([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
  const fields = Object.entries(contract?.example ?? {}).filter(([name]) => !inPath.has(name));
  return documents[operationId] ?? bodies[operationId] ?? { ...Object.fromEntries(fields), ...inDefinition[operationId] };
}
