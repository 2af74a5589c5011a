import { lifecycleNumbers, type DomainHappening, type NetworkHappening } from '@virtbus/contracts';
import { eventProcedures as messages, type EventMessage, type MessageOf } from '@virtbus/libvirt-rpc';
import type { DomainHandle, NetworkHandle } from './handles.js';

/** One message of libvirt's that tells of something, for the clients that registered for its event. */
export interface Telling {
  readonly eventId: number;
  readonly message: EventMessage;
  readonly body: (callbackID: number) => unknown;
}

const telling = <E extends EventMessage>(eventId: number, message: E, body: (callbackID: number) => MessageOf<E>): Telling => ({
  eventId,
  message,
  body,
});

const LIFECYCLE = 0;
const REBOOT = 1;

type OfDomain = (happening: DomainHappening, dom: DomainHandle) => Telling;

/** virDomainEventID, by the last word of the subject; what is a lifecycle event is found in the table of those. */
const ofDomain: Readonly<Record<string, OfDomain>> = {
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
  return [...lifecycle(what, happening, dom), ...(other ? [other(happening, dom)] : [])];
}

const networkEvents = ['defined', 'undefined', 'started', 'stopped'];

/** virNetworkEventLifecycleType. */
export function networkTellings(what: string, _: NetworkHappening, net: NetworkHandle): Telling[] {
  const event = networkEvents.indexOf(what);
  if (event < 0) return [];
  return [telling(LIFECYCLE, messages.network_event_lifecycle, (callbackID) => ({ callbackID, net, event, detail: 0 }))];
}
