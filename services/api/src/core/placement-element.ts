/**
 * Which host has an object of libvirt's, in the object's XML: an element of ours at the end, which libvirt would pass over.
 *
 *     <virtbus:placement xmlns:virtbus="urn:virtbus:pool:1" host="host-b"/>
 */
import { isElement, parseXml } from '@virtbus/libvirt-xml';

const ELEMENT = 'virtbus:placement';
const HOST = /^[A-Za-z0-9_-]{1,64}$/;
const WHOLE = /\s*<virtbus:placement\b[^>]*\/>/;

/** Documents that may have the element. */
export interface Placed {
  /** libvirt's name of the document in messages. */
  readonly source: string;
  /** The last line is this element's end. */
  readonly root: string;
  readonly namespace: string;
}

/** @returns the host that the definition names. @throws LibvirtError when it is no XML */
export function placementIn(xml: string, { source }: Pick<Placed, 'source'>): string | undefined {
  const element = parseXml(xml, source)
    .children.filter(isElement)
    .find(({ name }) => name === ELEMENT);
  const host = element?.attributes.get('host');
  return host !== undefined && HOST.test(host) ? host : undefined;
}

export const withoutPlacement = (xml: string): string => xml.replace(WHOLE, '');

/** @param xml as it is formatted */
export function withPlacement(xml: string, hostId: string | undefined, { root, namespace }: Omit<Placed, 'source'>): string {
  if (hostId === undefined) return xml;
  const element = `<${ELEMENT} xmlns:virtbus="${namespace}" host="${hostId}"/>`;
  return xml.replace(new RegExp(`</${root}>\\s*$`), `  ${element}\n</${root}>\n`);
}
