/** How much of a definition can be kept: said before a name is taken for it, since what is refused takes none. */
import { encode, MAX_PAYLOAD_BYTES, MAX_XML_BYTES, Refusal } from '@virtbus/contracts';

/** Of a record, beside its definitions. Bytes. */
const MORE = 16 * 1024;

/** A definition with everything filled in: that may be more than was sent. @throws Refusal payload_too_large */
export function keepable(xml: string): string {
  const bytes = Buffer.byteLength(xml);
  if (bytes <= MAX_XML_BYTES) return xml;
  const words = `XML of ${bytes} bytes, with what is filled in, is over the limit of ${MAX_XML_BYTES}`;
  throw new Refusal('payload_too_large', words);
}

/** A record with two definitions, of which each could be kept alone. @throws Refusal payload_too_large */
export function keepableRecord<T extends { readonly xml: string; readonly liveXml?: string }>(record: T): T {
  const { xml, liveXml } = record;
  for (const text of [xml, liveXml]) if (text !== undefined) keepable(text);
  const bytes = encode({ xml, liveXml }).length + MORE;
  if (bytes <= MAX_PAYLOAD_BYTES) return record;
  const words = `the definition and the one that is active take ${bytes} bytes together, over the limit of ${MAX_PAYLOAD_BYTES}`;
  throw new Refusal('payload_too_large', words);
}
