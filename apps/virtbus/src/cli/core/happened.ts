/** The kinds of events that can be waited for: libvirt's names where it has one, then the fleet's own. */
export const eventTypes = [
  'lifecycle',
  'reboot',
  'rtc-change',
  'watchdog',
  'io-error',
  'graphics',
  'io-error-reason',
  'control-error',
  'tray-change',
  'pm-wakeup',
  'pm-suspend',
  'balloon-change',
  'pm-suspend-disk',
  'device-removed',
  'tunable',
  'agent-lifecycle',
  'device-added',
  'device-removal-failed',
  'metadata-change',
  'block-threshold',
  'memory-failure',
  'memory-device-size-change',
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
  /** Whatever else the event has. */
  readonly more?: Readonly<Record<string, unknown>>;
}

interface Happening {
  readonly uuid: string;
  readonly name: string;
  readonly at: string;
  readonly detail?: string;
}

const isHappening = (payload: unknown): payload is Happening => {
  if (typeof payload !== 'object' || payload === null) return false;
  const { uuid, name, at, detail = '' }: Readonly<Record<string, unknown>> = { ...payload };
  return [uuid, name, at, detail].every((one) => typeof one === 'string');
};

/** @returns undefined for what is no event of a domain or network, such as one that a newer release has added */
export function happenedIn(what: unknown, payload: unknown): Happened | undefined {
  if (typeof what !== 'string' || !isHappening(payload)) return undefined;
  const { uuid, name, at, detail = '', ...rest } = payload;
  // The epoch says which of its agents told it: that is between the fleet's services.
  const { hostId, epoch: _, ...more }: Readonly<Record<string, unknown>> = rest;
  const where = typeof hostId === 'string' ? { hostId } : {};
  return { what, uuid, name, detail, at, ...where, ...(Object.keys(more).length > 0 ? { more } : {}) };
}
