/** What of an answer about many domains a caller may see: things of another project's domain are not there. */
import { check, NwfilterBindingList, PortList, Refusal, Xml } from '@virtbus/contracts';
import { isElement, parseXml, textOf, type XmlElement } from '@virtbus/libvirt-xml';

/** @param sees whether the domain of a UUID is there for the caller. @throws Refusal as if there were no such thing */
export type Seen = (reply: object, sees: (domainUuid: string) => boolean, reference: string) => object;

export const portsSeen: Seen = (reply, sees) => ({ ports: check(PortList, reply).ports.filter(({ domain }) => sees(domain)) });

export const bindingsSeen: Seen = (reply, sees) => ({
  bindings: check(NwfilterBindingList, reply).bindings.filter(({ domain }) => sees(domain)),
});

export const portXmlSeen: Seen = (reply, sees, port) => {
  if (sees(ownerIn(check(Xml, reply).xml))) return reply;
  throw new Refusal('no_network_port', `network port not found: Network port with UUID ${port} does not exist`);
};

export const bindingXmlSeen: Seen = (reply, sees, portDev) => {
  if (sees(ownerIn(check(Xml, reply).xml))) return reply;
  throw new Refusal('no_nwfilter_binding', `Network filter binding not found: no nwfilter binding for port dev '${portDev}'`);
};

/** `<owner><uuid>`: ports and bindings name their domain in the same way. */
function ownerIn(xml: string): string {
  const below = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
    element?.children.filter(isElement).find((child) => child.name === name);
  const uuid = below(below(parseXml(xml, 'answer'), 'owner'), 'uuid');
  return uuid ? textOf(uuid).trim() : '';
}
