import {
  apiName,
  errorCode,
  errorDomain,
  noSupport,
  RemoteError,
  type Call,
  type Procedure,
  type Route,
  type Routes,
} from '@virtbus/libvirt-rpc';
import { asRemote, readOnlyRefusal } from './refusals.js';
import type { Session } from './session.js';

/** What a client asks before it opens the connection. */
const beforeOpening: ReadonlySet<string> = new Set(['connect_open', 'connect_close', 'connect_supports_feature']);

/** Permissions that a client has who may only look. */
const looking: ReadonlySet<string> = new Set(['getattr', 'read', 'read_secure']);
/** Where libvirt's own check differs from its permissions: these say `write` and only look. */
const onlyLooks: ReadonlySet<string> = new Set(['domain_interface_addresses', 'connect_get_domain_capabilities']);

export const changes = (name: string, { access }: Pick<Procedure, 'access'>): boolean =>
  !onlyLooks.has(name) &&
  access.some((check) => {
    const permission = check.split(':')[1] ?? '';
    return !looking.has(permission) && !permission.startsWith('search_');
  });

/** Every procedure behind the same door: the connection is open, and read-only means read-only, whatever the client's library checked. */
export const guarded = (routes: Routes<Session>): Routes<Session> =>
  new Map([...routes].map(([number, route]): [number, Route<Session>] => [number, guardedRoute(route)]));

function guardedRoute({ name, procedure, handler }: Route<Session>): Route<Session> {
  const isChange = changes(name, procedure);
  const admitted = async (args: unknown, session: Session, call: Call): Promise<unknown> => {
    if (!session.opened && !beforeOpening.has(name))
      throw new RemoteError(errorCode.internal, errorDomain.rpc, 'internal error: connection not open');
    if (session.readOnly && isChange) throw readOnlyRefusal(name);
    if (!handler) throw noSupport(apiName(name));
    try {
      return await handler(args, session, call);
    } catch (thrown) {
      throw asRemote(thrown);
    }
  };
  return { name, procedure, handler: admitted };
}
