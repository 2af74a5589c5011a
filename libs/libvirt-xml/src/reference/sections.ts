import { domain } from '../domain/domain.js';
import { network } from '../network/network.js';
import { networkPort } from '../network/network-port.js';
import { secret } from '../secret/secret.js';
import { storagePool } from '../storage/pool.js';
import { storageVolume } from '../storage/volume.js';
import { filterBinding } from '../nwfilter/filter-binding.js';
import { nwfilter } from '../nwfilter/nwfilter.js';
import type { ReferenceSection } from './reference-page.js';

/** The documents that the reference page lists. */
export const sections: readonly ReferenceSection[] = [
  { title: 'Domain', root: 'domain', element: domain },
  { title: 'Network', root: 'network', element: network },
  { title: 'Network port', root: 'networkport', element: networkPort },
  { title: 'Storage pool', root: 'pool', element: storagePool },
  { title: 'Storage volume', root: 'volume', element: storageVolume },
  { title: 'Secret', root: 'secret', element: secret },
  { title: 'Network filter', root: 'filter', element: nwfilter },
  { title: 'Network filter binding', root: 'filterbinding', element: filterBinding },
];
