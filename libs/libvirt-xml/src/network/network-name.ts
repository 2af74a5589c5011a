import { findChild } from '../model/read.js';
import type { Place } from '../model/place.js';
import { textOf, type XmlElement } from '../syntax/xml-node.js';

/** libvirt's module number of the network configuration. */
export const NETWORK = 19;

/** The name of the network that a place is in, for messages. */
export function networkName(at: Place): string {
  let root: XmlElement = at.element;
  while (root.parent) root = root.parent;
  const name = findChild(root, 'name');
  return name ? textOf(name) : '';
}
