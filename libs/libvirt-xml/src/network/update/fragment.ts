/** Reading the piece of XML that an update brings, as if it lay inside its network already. */
import { LibvirtError } from '../../errors/libvirt-error.js';
import type { Element } from '../../model/element.js';
import type { Place } from '../../model/place.js';
import { readElement } from '../../model/read.js';
import { parseXml } from '../../syntax/parse-xml.js';
import { xmlLimits } from '../../syntax/limits.js';
import type { XmlElement } from '../../syntax/xml-node.js';
import { NETWORK } from '../network-name.js';
import type { NetworkDef } from '../network.js';

export interface Fragment {
  readonly network: NetworkDef;
  readonly xml: string;
}

/**
 * The one element of a fragment, and where it lies.
 * @param name what the element must be called.
 * @throws LibvirtError as reading a document does.
 */
export function readFragment<V>(spec: Element<V>, name: string, { network, xml }: Fragment): { readonly value: V; readonly at: Place } {
  const node = parseXml(xml, 'network_update_xml', xmlLimits, rootOf(network));
  const words = `unexpected element <${node.name}>, expecting <${name}>, while updating network '${network.name}'`;
  if (node.name !== name) throw new LibvirtError('XML_ERROR', words, { domain: NETWORK, path: `/network/${node.name}` });
  const value = readElement(spec, node, { flavour: 'inactive', newUuid: undefined, newMac: undefined });
  if (value === undefined) throw new LibvirtError('XML_ERROR', `element <${name}> says nothing`, { domain: NETWORK });
  return { value, at: { element: node } };
}

function rootOf({ name }: NetworkDef): XmlElement {
  const nowhere = { attributes: new Map<string, string>(), position: 0, line: 1, column: 1, parent: undefined };
  const text = [{ kind: 'text', text: name }] as const;
  const called: XmlElement = { kind: 'element', name: 'name', children: text, named: new Map(), ...nowhere };
  return { kind: 'element', name: 'network', children: [called], named: new Map([['name', [called]]]), ...nowhere };
}
