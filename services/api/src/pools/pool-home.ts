/**
 * Which host answers for a pool, in the pool's XML: an element of ours at the end, which libvirt would pass over.
 *
 *     <virtbus:placement xmlns:virtbus="urn:virtbus:pool:1" host="host-b"/>
 */
import { isElement, parseXml } from '@virtbus/libvirt-xml';

const ELEMENT = 'virtbus:placement';
const HOST = /^[A-Za-z0-9_-]{1,64}$/;
const WHOLE = /\s*<virtbus:placement\b[^>]*\/>/;

/** @returns the host that the definition names. @throws LibvirtError when it is no XML */
export function homeOf(xml: string): string | undefined {
  const element = parseXml(xml, 'storage_pool_definition')
    .children.filter(isElement)
    .find(({ name }) => name === ELEMENT);
  const host = element?.attributes.get('host');
  return host !== undefined && HOST.test(host) ? host : undefined;
}

export const withoutHome = (xml: string): string => xml.replace(WHOLE, '');

/** @param xml as it is formatted: `</pool>` is its last line */
export const withHome = (xml: string, hostId: string | undefined): string =>
  hostId === undefined
    ? xml
    : xml.replace(/<\/pool>\s*$/, `  <${ELEMENT} xmlns:virtbus="urn:virtbus:pool:1" host="${hostId}"/>\n</pool>\n`);
