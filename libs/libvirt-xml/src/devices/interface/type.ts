import type { Place } from '../../model/place.js';

export const interfaceTypes = [
  'user',
  'ethernet',
  'vhostuser',
  'server',
  'client',
  'mcast',
  'network',
  'bridge',
  'internal',
  'direct',
  'hostdev',
  'udp',
  'vdpa',
  'null',
  'vds',
] as const;

/** The type of the interface at a place; `user` when none is written. */
export const typeOfInterface = (at: Place): string => at.element.attributes.get('type') ?? 'user';
