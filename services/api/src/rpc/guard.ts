import { apiName, errorCode, errorDomain, noSupport, RemoteError, type Call, type Route, type Routes } from '@virtbus/libvirt-rpc';
import { callOfProcedure, changes } from './access-of.js';
import { NotSimulated } from './private-fleet/not-simulated.js';
import { asRemote, readOnlyRefusal } from './refusals.js';
import type { Session } from './session.js';

/** What a client asks before it opens the connection. */
const beforeOpening: ReadonlySet<string> = new Set(['connect_open', 'connect_close', 'connect_supports_feature']);

/** Every procedure behind the same door: the connection is open, read-only means read-only, and the client's role suffices. */
export const guarded = (routes: Routes<Session>): Routes<Session> =>
  new Map([...routes].map(([number, route]): [number, Route<Session>] => [number, guardedRoute(route)]));

function guardedRoute({ name, procedure, handler }: Route<Session>): Route<Session> {
  const isChange = changes(name, procedure);
  const asked = callOfProcedure(name, procedure);
  const admitted = async (args: unknown, session: Session, call: Call): Promise<unknown> => {
    if (!session.opened && !beforeOpening.has(name))
      throw new RemoteError(errorCode.internal, errorDomain.rpc, 'internal error: connection not open');
    if (session.readOnly && isChange) throw readOnlyRefusal(name);
    if (!handler) throw noSupport(apiName(name));
    try {
      if (asked) session.admit(asked);
      return await handler(args, session, call);
    } catch (thrown) {
      throw thrown instanceof NotSimulated ? noSupport(apiName(name)) : asRemote(thrown);
    }
  };
  return { name, procedure, handler: admitted };
}
