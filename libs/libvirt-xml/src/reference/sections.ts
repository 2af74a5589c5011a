import { domain } from '../domain/domain.js';
import { network } from '../network/network.js';
import { networkPort } from '../network/network-port.js';
import type { ReferenceSection } from './reference-page.js';

/** The documents that the reference page lists. */
export const sections: readonly ReferenceSection[] = [
  { title: 'Domain', root: 'domain', element: domain },
  { title: 'Network', root: 'network', element: network },
  { title: 'Network port', root: 'networkport', element: networkPort },
];
