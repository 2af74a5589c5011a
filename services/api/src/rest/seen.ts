/** What of an answer about many domains a caller may see: things of another project's domain are not there. */
import { check, LeaseList, NwfilterBindingList, PortList, Refusal, Xml } from '@virtbus/contracts';
import { isElement, parseXml, textOf, type XmlElement } from '@virtbus/libvirt-xml';

/** What is there for a caller. */
export interface Sight {
  readonly domain: (uuid: string) => boolean;
  /** Whose interface has this MAC on the network that is asked about, or the network itself, is the caller's to see. */
  readonly mac: (mac: string) => boolean;
}

/** @param reference the last thing that the path names. @throws Refusal as if there were no such thing */
export type Seen = (reply: object, sees: Sight, reference: string) => object;

export const leasesSeen: Seen = (reply, sees) => ({ leases: check(LeaseList, reply).leases.filter(({ mac }) => sees.mac(mac)) });

export const portsSeen: Seen = (reply, sees) => ({ ports: check(PortList, reply).ports.filter(({ domain }) => sees.domain(domain)) });

export const bindingsSeen: Seen = (reply, sees) => ({
  bindings: check(NwfilterBindingList, reply).bindings.filter(({ domain }) => sees.domain(domain)),
});

export const portXmlSeen: Seen = (reply, sees, port) => {
  if (sees.domain(ownerIn(check(Xml, reply).xml))) return reply;
  throw new Refusal('no_network_port', `network port not found: Network port with UUID ${port} does not exist`);
};

export const bindingXmlSeen: Seen = (reply, sees, portDev) => {
  if (sees.domain(ownerIn(check(Xml, reply).xml))) return reply;
  throw new Refusal('no_nwfilter_binding', `Network filter binding not found: no nwfilter binding for port dev '${portDev}'`);
};

/** `<owner><uuid>`: ports and bindings name their domain in the same way. */
function ownerIn(xml: string): string {
  const below = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
    element?.children.filter(isElement).find((child) => child.name === name);
  const uuid = below(below(parseXml(xml, 'answer'), 'owner'), 'uuid');
  return uuid ? textOf(uuid).trim() : '';
}
