import { AF_BRIDGE, RTMGRP_LINK, RTMGRP_NEIGH, RTM_DELNEIGH, RTM_NEWLINK, RTM_NEWNEIGH } from './constants.js';
import type { Received } from './decode.js';
import { watchGroups, type WatchOptions } from './notifications.js';

/** A link's index; `lost`: the kernel had to drop notifications, so any may have changed. */
export type PortEvent = number | 'lost';

/**
 * Tells of links whose state, flags as a bridge's port, or entries in the bridge's forwarding table have changed: which, not what. What
 * this process does itself is told too.
 * @throws SystemError when the namespace does not exist
 */
export function watchPorts(options: WatchOptions, listener: (event: PortEvent) => void): { close(): void } {
  return watchGroups({ ...options, groups: RTMGRP_LINK | RTMGRP_NEIGH }, (message) => {
    if (message === 'lost') return listener(message);
    if (isOfPort(message)) listener(message.payload.readInt32LE(4));
  });
}

/** A link's index stands at the same place in `struct ifinfomsg` and `struct ndmsg`, behind the family. */
const isOfPort = ({ type, payload }: Received): boolean =>
  payload.length >= 8 && (type === RTM_NEWLINK || ((type === RTM_NEWNEIGH || type === RTM_DELNEIGH) && payload[0] === AF_BRIDGE));
