import {
  lifecycleNumbers,
  secretUsageTypes,
  type DiskLimits,
  type DomainHappening,
  type NetworkHappening,
  type SecretHappening,
} from '@virtbus/contracts';
import { eventProcedures as messages, type TypedParam } from '@virtbus/libvirt-rpc';
import { diskLimitWords } from './core/disk-limit-words.js';
import { guestTellings } from './guest-event-messages.js';
import type { DomainHandle, NetworkHandle, PoolHandle } from './handles.js';
import { telling, type Telling } from './telling.js';

export type { Telling } from './telling.js';

const LIFECYCLE = 0;
const REBOOT = 1;

/** What happened, and what it says beyond that in some kinds of events. */
type Told = DomainHappening & { readonly uri?: string; readonly limits?: DiskLimits; readonly cpuset?: string };
type OfDomain = (happening: Told, dom: DomainHandle) => Telling;

/** virDomainEventID, by the last word of the subject; what is a lifecycle event is found in the table of those. */
const DEVICE_REMOVED = 15;
const DEVICE_ADDED = 19;
const DEVICE_REMOVAL_FAILED = 22;
const METADATA_CHANGE = 23;
const TUNABLE = 17;
/** virDomainMetadataType. */
const metadataKinds = ['description', 'title', 'element'];

/** The disk first, then each limit that was said. */
function diskParams(disk: string, limits: DiskLimits): TypedParam[] {
  const said = diskLimitWords.flatMap(([word, limit]): TypedParam[] => {
    const value = limits[limit];
    if (value === undefined) return [];
    const field = `blkdeviotune.${word}`;
    return [{ field, value: typeof value === 'string' ? { type: 'string', value } : { type: 'ullong', value: BigInt(value) } }];
  });
  return [{ field: 'blkdeviotune.disk', value: { type: 'string', value: disk } }, ...said];
}

const ofDomain: Readonly<Record<string, OfDomain>> = {
  deviceadded: ({ detail }, dom) =>
    telling(DEVICE_ADDED, messages.domain_event_callback_device_added, (callbackID) => ({ callbackID, dom, devAlias: detail })),
  deviceremoved: ({ detail }, dom) =>
    telling(DEVICE_REMOVED, messages.domain_event_callback_device_removed, (callbackID) => ({
      callbackID,
      msg: { dom, devAlias: detail },
    })),
  deviceremovalfailed: ({ detail }, dom) =>
    telling(DEVICE_REMOVAL_FAILED, messages.domain_event_callback_device_removal_failed, (callbackID) => ({
      callbackID,
      dom,
      devAlias: detail,
    })),
  disktuned: ({ detail, limits = {} }, dom) =>
    telling(TUNABLE, messages.domain_event_callback_tunable, (callbackID) => ({ callbackID, dom, params: diskParams(detail, limits) })),
  threadpinned: ({ detail, cpuset = '' }, dom) => {
    const params: TypedParam[] = [{ field: `cputune.${detail}`, value: { type: 'string', value: cpuset } }];
    return telling(TUNABLE, messages.domain_event_callback_tunable, (callbackID) => ({ callbackID, dom, params }));
  },
  metadatachanged: ({ detail, uri }, dom) =>
    telling(METADATA_CHANGE, messages.domain_event_callback_metadata_change, (callbackID) => ({
      callbackID,
      dom,
      type: Math.max(0, metadataKinds.indexOf(detail)),
      nsuri: uri,
    })),
  rebooted: (_, dom) => telling(REBOOT, messages.domain_event_callback_reboot, (callbackID) => ({ callbackID, msg: { dom } })),
};

function lifecycle(what: string, { detail }: DomainHappening, dom: DomainHandle): Telling[] {
  const kinds: Readonly<Record<string, { readonly number: number; readonly details: Readonly<Record<string, number>> }>> = lifecycleNumbers;
  const kind = kinds[what];
  if (!kind) return [];
  const msg = { dom, event: kind.number, detail: kind.details[detail] ?? 0 };
  return [telling(LIFECYCLE, messages.domain_event_callback_lifecycle, (callbackID) => ({ callbackID, msg }))];
}

/** What libvirt's clients are told when something happened to a domain; nothing for what libvirt has no event for. */
export function domainTellings(what: string, happening: DomainHappening, dom: DomainHandle): Telling[] {
  const other = ofDomain[what];
  return [...lifecycle(what, happening, dom), ...(other ? [other(happening, dom)] : []), ...guestTellings(what, happening, dom)];
}

const networkEvents = ['defined', 'undefined', 'started', 'stopped'];

/** virNetworkEventLifecycleType. */
export function networkTellings(what: string, _: NetworkHappening, net: NetworkHandle): Telling[] {
  const event = networkEvents.indexOf(what);
  if (event < 0) return [];
  return [telling(LIFECYCLE, messages.network_event_lifecycle, (callbackID) => ({ callbackID, net, event, detail: 0 }))];
}

/** virStoragePoolEventLifecycleType. */
const poolEvents = ['defined', 'undefined', 'started', 'stopped', 'created', 'deleted'];
/** virStoragePoolEventID. */
const REFRESH = 1;

export function poolTellings(what: string, pool: PoolHandle): Telling[] {
  if (what === 'refreshed') return [telling(REFRESH, messages.storage_pool_event_refresh, (callbackID) => ({ callbackID, pool }))];
  const event = poolEvents.indexOf(what);
  if (event < 0) return [];
  return [telling(LIFECYCLE, messages.storage_pool_event_lifecycle, (callbackID) => ({ callbackID, pool, event, detail: 0 }))];
}

/** virSecretEventLifecycleType. */
const secretEvents = ['defined', 'undefined'];
/** virSecretEventID. */
const VALUE_CHANGED = 1;

export function secretTellings(what: string, { uuid, name, usageType }: SecretHappening): Telling[] {
  const secret = { uuid, usageType: secretUsageTypes.indexOf(usageType), usageID: name };
  if (what === 'valuechanged')
    return [telling(VALUE_CHANGED, messages.secret_event_value_changed, (callbackID) => ({ callbackID, secret }))];
  const event = secretEvents.indexOf(what);
  if (event < 0) return [];
  return [telling(LIFECYCLE, messages.secret_event_lifecycle, (callbackID) => ({ callbackID, secret, event, detail: 0 }))];
}
