/** Floors of ports that were made by hand: no interface of a guest is dressed with them, so the bridge has them from the network. */
import type { NetworkPort } from './network-facts.js';
import type { FloorPlan } from './shape-plan.js';

const isHere =
  (hostId: string) =>
  (port: NetworkPort): boolean =>
    port.hostId === hostId;

export const handFloorsOf = (ports: readonly NetworkPort[], hostId: string): FloorPlan[] =>
  ports.filter(isHere(hostId)).flatMap(({ mac, byHand, floor }) => (byHand && floor ? [{ mac, ...floor }] : []));

/** Classes that nobody on this host has any more. One that has gone over to an interface is that interface's. */
export function floorsGivenBack(before: readonly FloorPlan[], ports: readonly NetworkPort[], hostId: string): number[] {
  const held = new Set(ports.filter(isHere(hostId)).map(({ floor }) => floor?.minor));
  return before.map(({ minor }) => minor).filter((minor) => !held.has(minor));
}
