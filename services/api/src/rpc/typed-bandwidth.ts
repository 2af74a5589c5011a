import type { Rate } from '@virtbus/contracts';

const MOST = 2 ** 32 - 1;

/** Limits of traffic as libvirt's parameters, in the order in which clients are told of an interface. */
export const limits = [
  ['inbound', 'average'],
  ['inbound', 'peak'],
  ['inbound', 'burst'],
  ['inbound', 'floor'],
  ['outbound', 'average'],
  ['outbound', 'peak'],
  ['outbound', 'burst'],
] as const;

/** In the order in which clients are told of a port. */
export const portLimits = [
  ['inbound', 'average'],
  ['inbound', 'peak'],
  ['inbound', 'floor'],
  ['inbound', 'burst'],
  ['outbound', 'average'],
  ['outbound', 'peak'],
  ['outbound', 'burst'],
] as const satisfies (typeof limits)[number][];

export type Limit = (typeof limits)[number][1];

/** As libvirt's types hold it. What is not set is 0. */
export const limitOf = (rate: Rate | undefined, name: Limit): number => Math.min(rate?.[name] ?? 0, MOST);
