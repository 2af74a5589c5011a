import { RTMGRP_LINK, RTM_DELLINK, RTM_NEWLINK } from './constants.js';
import type { Received } from './decode.js';
import { readLink, type Link } from './link.js';
import { watchGroups, type WatchOptions } from './notifications.js';

export type LinkEvent =
  | { readonly type: 'changed'; readonly link: Link }
  | { readonly type: 'removed'; readonly link: Link }
  /** The kernel had to drop notifications: only `listLinks` says what is true now. */
  | { readonly type: 'lost' };

/** Tells of every link that is made, changed or removed in a namespace. @throws SystemError when the namespace does not exist */
export function watchLinks(options: WatchOptions, listener: (event: LinkEvent) => void): { close(): void } {
  return watchGroups({ ...options, groups: RTMGRP_LINK }, (message) => {
    const event = eventOf(message);
    if (event) listener(event);
  });
}

function eventOf(message: Received | 'lost'): LinkEvent | undefined {
  if (message === 'lost') return { type: 'lost' };
  const { type, payload } = message;
  if (type !== RTM_NEWLINK && type !== RTM_DELLINK) return undefined;
  const link = readLink(payload, RTM_NEWLINK);
  return link && { type: type === RTM_NEWLINK ? 'changed' : 'removed', link };
}
