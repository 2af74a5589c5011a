import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';
import { invalidArgument } from '../refusals.js';
import type { EventKind } from '../registrations.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

/** How many kinds of event there are about each kind of object, in libvirt 11. */
const kinds: Readonly<Record<EventKind, number>> = { domain: 28, network: 2, pool: 2, nodedev: 2, secret: 2, monitor: 1 };

function register(session: Session, kind: EventKind, eventId: number, object: string | undefined): { callbackID: number } {
  if (eventId < 0 || eventId >= kinds[kind]) throw invalidArgument(`unsupported event ID ${eventId}`);
  return { callbackID: session.registrations.add({ kind, eventId, object }) };
}

function deregister({ registrations }: Session, kind: EventKind, { callbackID }: { readonly callbackID: number }): object {
  if (registrations.remove(kind, callbackID)) return {};
  throw new RemoteError(errorCode.internal, errorDomain.remote, `internal error: ${kind} event callback ${callbackID} not registered`);
}

/** Which events a client wants to hear. What is never told may be registered for all the same. */
export const events: RemoteHandlers = {
  connect_domain_event_callback_register_any: ({ eventID, dom }, session) => register(session, 'domain', eventID, dom?.uuid),
  connect_domain_event_callback_deregister_any: (args, session) => deregister(session, 'domain', args),
  connect_network_event_register_any: ({ eventID, net }, session) => register(session, 'network', eventID, net?.uuid),
  connect_network_event_deregister_any: (args, session) => deregister(session, 'network', args),
  connect_storage_pool_event_register_any: ({ eventID, pool }, session) => register(session, 'pool', eventID, pool?.uuid),
  connect_storage_pool_event_deregister_any: (args, session) => deregister(session, 'pool', args),
  connect_node_device_event_register_any: ({ eventID, dev }, session) => register(session, 'nodedev', eventID, dev?.name),
  connect_node_device_event_deregister_any: (args, session) => deregister(session, 'nodedev', args),
  connect_secret_event_register_any: ({ eventID, secret }, session) => register(session, 'secret', eventID, secret?.uuid),
  connect_secret_event_deregister_any: (args, session) => deregister(session, 'secret', args),
};
