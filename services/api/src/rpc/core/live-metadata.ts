/** Where virtbus says things in a domain's own XML. The address is a name: nothing is to be found there. */
export const NAMESPACE = 'urn:virtbus:domain:1';

const element = (hostId: string): string => `<virtbus:placement xmlns:virtbus="${NAMESPACE}" host="${hostId}"/>`;

// Text as libvirt-xml writes it: two spaces of indentation, so that a child of <domain> is told by its own.
const METADATA = /^ {2}<metadata>\n/m;
const AFTER_METADATA = /^ {2}<(?:maxMemory|memory)\b/m;
/** With the <metadata> around it when there is nothing else in it. */
const PLACEMENT = /\s*<virtbus:placement\b[^>]*\/>/g;
const EMPTY_METADATA = /\s*<metadata>\s*<\/metadata>/;

/** Live XML that says which host the domain is on. */
export function withHost(xml: string, hostId: string): string {
  const line = `    ${element(hostId)}\n`;
  if (METADATA.test(xml)) return xml.replace(METADATA, (found) => found + line);
  return xml.replace(AFTER_METADATA, (found) => `  <metadata>\n${line}  </metadata>\n${found}`);
}

/** What somebody defines from live XML is not to remember where that once ran. */
export const withoutHost = (xml: string): string =>
  xml.includes('<virtbus:placement') ? xml.replace(PLACEMENT, '').replace(EMPTY_METADATA, '') : xml;
