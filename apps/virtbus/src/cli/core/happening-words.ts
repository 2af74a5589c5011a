import { own } from './own.js';
import { printable } from './display-width.js';

/** The kinds of events that can be waited for: libvirt's names where it has one, then the fleet's own. */
export const eventTypes = [
  'lifecycle',
  'reboot',
  'rtc-change',
  'watchdog',
  'io-error',
  'graphics',
  'tray-change',
  'balloon-change',
  'device-removed',
  'agent-lifecycle',
  'device-added',
  'device-removal-failed',
  'metadata-change',
  'placed',
] as const;
export type EventType = (typeof eventTypes)[number];

/** libvirt has one kind for networks. */
export const networkEventTypes = ['lifecycle'] as const satisfies EventType[];

export type Subject = 'domain' | 'network';

/** What came on the bus: the last word of the subject, and the payload's part that is shown. */
export interface Happened {
  readonly what: string;
  readonly uuid: string;
  readonly name: string;
  readonly detail: string;
  /** RFC 3339. */
  readonly at: string;
  readonly hostId?: string | undefined;
  /** Whatever else the event has, as text. */
  readonly more?: Readonly<Record<string, string>>;
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
  resumed: { title: 'Resumed', details: { 'from-snapshot': 'Snapshot', postcopy: 'Post-copy' } },
  stopped: { title: 'Stopped', details: { 'from-snapshot': 'Snapshot' } },
  shutdown: {
    title: 'Shutdown',
    details: { guest: 'Finished after guest request', host: 'Finished after host request' },
  },
  pmsuspended: { title: 'PMSuspended', details: {} },
  crashed: { title: 'Crashed', details: {} },
};

const TYPE_OF: Readonly<Record<string, EventType>> = {
  rebooted: 'reboot',
  placed: 'placed',
  rtcchanged: 'rtc-change',
  watchdog: 'watchdog',
  ioerror: 'io-error',
  graphics: 'graphics',
  traychanged: 'tray-change',
  balloonchanged: 'balloon-change',
  deviceremoved: 'device-removed',
  deviceadded: 'device-added',
  deviceremovalfailed: 'device-removal-failed',
  agentlifecycle: 'agent-lifecycle',
  metadatachanged: 'metadata-change',
};

/** @returns undefined for what no type of event covers. */
export const eventTypeOf = (what: string): EventType | undefined => (own(LIFECYCLE, what) ? 'lifecycle' : own(TYPE_OF, what));

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** What virsh shows of the events that have more than a detail. */
const WORDS: Readonly<Record<string, (happened: Happened) => string>> = {
  rebooted: () => '',
  placed: ({ hostId }) => hostId ?? '',
  rtcchanged: ({ detail }) => detail,
  watchdog: ({ detail }) => detail,
  ioerror: ({ detail, more }) => `${more?.['source'] ?? ''} (${more?.['device'] ?? ''}) ${detail}`,
  graphics: ({ detail }) => detail,
  traychanged: ({ detail, more }) => `${more?.['device'] ?? ''}: ${detail === 'open' ? 'opened' : 'closed'}`,
  balloonchanged: ({ detail }) => `${detail}KiB`,
  deviceremoved: ({ detail }) => detail,
  deviceadded: ({ detail }) => detail,
  deviceremovalfailed: ({ detail }) => detail,
  agentlifecycle: ({ detail }) => `state: '${detail}' reason: 'channel event'`,
  metadatachanged: ({ detail, more }) => `type ${detail}, uri ${more?.['uri'] ?? ''}`,
};

function remainder(happened: Happened): string {
  const { what, detail } = happened;
  const words = own(WORDS, what)?.(happened);
  if (words !== undefined) return words === '' ? '' : `: ${words}`;
  const lifecycle = own(LIFECYCLE, what);
  return lifecycle ? `: ${lifecycle.title} ${own(lifecycle.details, detail) ?? capital(detail)}` : '';
}

/** `2026-11-21T09:10:47.476Z` → `2026-11-21 09:10:47.476+0000: ` */
const stamp = (at: string): string => `${at.replace('T', ' ').replace(/Z$/, '+0000')}: `;

/** `event 'lifecycle' for domain 'web': Started Booted` */
export function happenedWords(happened: Happened, timestamp: boolean): string {
  const type = eventTypeOf(happened.what) ?? happened.what;
  return `${timestamp ? stamp(happened.at) : ''}event '${type}' for domain '${printable(happened.name)}'${printable(remainder(happened))}`;
}

/** `event 'lifecycle' for network lab: Started` */
export const networkHappenedWords = ({ what, name, at }: Happened, timestamp: boolean): string =>
  `${timestamp ? stamp(at) : ''}event 'lifecycle' for network ${printable(name)}: ${capital(what)}`;
