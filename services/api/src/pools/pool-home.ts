/** Which host answers for a pool, in the pool's XML. */
import { placementIn, withPlacement, type Placed } from '../core/placement-element.js';

export { withoutPlacement as withoutHome } from '../core/placement-element.js';

const pool: Placed = { source: 'storage_pool_definition', root: 'pool', namespace: 'urn:virtbus:pool:1' };

/** @returns the host that the definition names. @throws LibvirtError when it is no XML */
export const homeOf = (xml: string): string | undefined => placementIn(xml, pool);

/** @param xml as it is formatted: `</pool>` is its last line */
export const withHome = (xml: string, hostId: string | undefined): string => withPlacement(xml, hostId, pool);
