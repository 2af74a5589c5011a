import { own } from './own.js';
import { printable } from './display-width.js';
import { besidesLife, wordings } from './guest-event-words.js';
import type { EventType, Happened } from './happened.js';

/** One event as libvirt counts them; what happened may be two of those. */
export interface Telling {
  readonly type: EventType;
  /** What stands behind the name of the domain. */
  readonly words: string;
}

/** virsh's words for each lifecycle event's details; a detail without an entry is shown with a capital letter. */
const LIFECYCLE: Readonly<Record<string, { readonly title: string; readonly details: Readonly<Record<string, string>> }>> = {
  defined: { title: 'Defined', details: { 'from-snapshot': 'Snapshot' } },
  undefined: { title: 'Undefined', details: {} },
  started: { title: 'Started', details: { 'from-snapshot': 'Snapshot', wakeup: 'Event wakeup' } },
  suspended: {
    title: 'Suspended',
    details: {
      ioerror: 'I/O Error',
      'from-snapshot': 'Snapshot',
      'api-error': 'API error',
      postcopy: 'Post-copy',
      'postcopy-failed': 'Post-copy Error',
    },
  },
  resumed: { title: 'Resumed', details: { 'from-snapshot': 'Snapshot', postcopy: 'Post-copy', 'postcopy-failed': 'Post-copy Error' } },
  stopped: { title: 'Stopped', details: { 'from-snapshot': 'Snapshot' } },
  shutdown: {
    title: 'Shutdown',
    details: { guest: 'Finished after guest request', host: 'Finished after host request' },
  },
  pmsuspended: { title: 'PMSuspended', details: {} },
  crashed: { title: 'Crashed', details: {} },
};

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** What happened, as the events that libvirt's clients are told of; none for what no type of event covers. */
export function tellingsOf(happened: Happened): readonly Telling[] {
  const { what, detail } = happened;
  const told = (own(wordings, what) ?? []).map(({ type, words }) => ({ type, words: words(happened) }));
  const life = own(LIFECYCLE, what);
  if (!life) return told;
  const words = `: ${life.title} ${own(life.details, detail) ?? capital(printable(detail))}`;
  const besides = (own(besidesLife, what) ?? []).filter(({ of }) => of(detail));
  return [{ type: 'lifecycle', words }, ...besides.map((one) => ({ type: one.type, words: one.words(happened) }))];
}

/** `2026-11-21T09:10:47.476Z` → `2026-11-21 09:10:47.476+0000: ` */
const stamp = (at: string): string => `${at.replace('T', ' ').replace(/Z$/, '+0000')}: `;

/** `event 'lifecycle' for domain 'web': Started Booted` */
export const happenedWords = ({ name, at }: Happened, { type, words }: Telling, timestamp: boolean): string =>
  `${timestamp ? stamp(at) : ''}event '${type}' for domain '${printable(name)}'${words}`;

/** `event 'lifecycle' for network lab: Started` */
export const networkHappenedWords = ({ what, name, at }: Happened, { type }: Telling, timestamp: boolean): string =>
  `${timestamp ? stamp(at) : ''}event '${type}' for network ${printable(name)}: ${capital(what)}`;
