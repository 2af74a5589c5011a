import * as contracts from '@virtbus/contracts';
import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';
import { metadataOf, type MetadataPart } from '@virtbus/libvirt-xml';
import { definitionOf } from '../domain-xml.js';
import { impact, reachOf } from '../impact.js';
import { invalidArgument, invalidOperation, refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';

/** virDomainMetadataType. */
const kinds = ['description', 'title', 'element'] as const;
type Kind = (typeof kinds)[number];

function kindOf(type: number): Kind {
  const kind = kinds[type];
  if (kind === undefined) throw invalidArgument(`unknown metadata type ${type}`);
  return kind;
}

function partOf(kind: Kind, uri: string | undefined): MetadataPart {
  if (kind !== 'element') return { kind };
  if (uri === undefined) throw invalidArgument('uri must not be NULL');
  return { kind, uri };
}

const words: Readonly<Record<Kind, string>> = { title: 'title', description: 'description', element: 'metadata' };

/** What a definition says for people and for other programs: title, description, elements of <metadata>. */
export const domainWords: RemoteHandlers = {
  domain_get_metadata: async ({ dom, type, uri, flags }, { known }) => {
    refuseOtherFlags(flags, impact.both, 'domain_get_metadata');
    const domain = await known.domain(dom);
    if ((flags & impact.live) !== 0 && !domain.active) throw invalidOperation('domain is not running');
    const kind = kindOf(type);
    const metadata = metadataOf(definitionOf(domain, (flags & impact.config) !== 0), partOf(kind, uri));
    if (metadata !== undefined) return { metadata };
    const missing = `metadata not found: Requested ${words[kind]} element is not present`;
    throw new RemoteError(errorCode.noDomainMetadata, errorDomain.qemu, missing);
  },
  domain_set_metadata: async ({ dom, type, metadata: value, key, uri, flags }, { known, orders }) => {
    refuseOtherFlags(flags, impact.both, 'domain_set_metadata');
    const { record } = await known.domain(dom);
    const metadata = { kind: kindOf(type), ...contracts.defined({ value, key, uri }) };
    await orders.run(contracts.setDomainMetadata, { domain: record.uuid, metadata, ...reachOf(flags) });
    return {};
  },
};
