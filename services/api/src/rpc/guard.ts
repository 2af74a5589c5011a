import { apiName, errorCode, errorDomain, noSupport, RemoteError, type Call, type Route, type Routes } from '@virtbus/libvirt-rpc';
import { Refusal } from '@virtbus/contracts';
import type { Call as AccessCall } from '../access/index.js';
import { callOfProcedure, changes, isPeculiar } from './access-of.js';
import { NotSimulated } from './private-fleet/not-simulated.js';
import { asRemote, readOnlyRefusal } from './refusals.js';
import type { Session } from './session.js';

/** What a client asks before it opens the connection. */
const beforeOpening: ReadonlySet<string> = new Set(['connect_open', 'connect_close', 'connect_supports_feature']);

/** Every procedure behind the same door: the connection is open, read-only means read-only, and the client's role suffices. */
export const guarded = (routes: Routes<Session>, driver?: string): Routes<Session> =>
  new Map([...routes].map(([number, route]): [number, Route<Session>] => [number, guardedRoute(route, driver)]));

/** The C function behind it; those of one driver alone have its name in theirs: virDomainQemuAttach. */
const functionOf = (name: string, driver: string | undefined): string =>
  apiName(driver === undefined ? name : name.replace('domain_', `domain_${driver}_`));

function guardedRoute({ name, procedure, handler }: Route<Session>, driver: string | undefined): Route<Session> {
  const isChange = changes(name, procedure);
  const asked = callOfProcedure(name, procedure);
  const admitted = async (args: unknown, session: Session, call: Call): Promise<unknown> => {
    if (!session.opened && !beforeOpening.has(name))
      throw new RemoteError(errorCode.internal, errorDomain.rpc, 'internal error: connection not open');
    if (session.readOnly && isChange) throw readOnlyRefusal(name);
    if (!handler) throw noSupport(functionOf(name, driver));
    try {
      if (asked) await admit(asked, args, session);
      return await handler(args, session, call);
    } catch (thrown) {
      throw thrown instanceof NotSimulated ? noSupport(functionOf(name, driver)) : asRemote(thrown);
    }
  };
  const admit = async (call: AccessCall, args: unknown, session: Session): Promise<void> => {
    try {
      session.admit(call);
    } catch (thrown) {
      if (thrown instanceof Refusal && (isChange || isPeculiar(name))) await session.gateway.tellRefused(name, objectIn(args), thrown);
      throw thrown;
    }
  };
  return { name, procedure, handler: admitted };
}

/** Arguments that are an object's handle. */
const handles = ['dom', 'port', 'net', 'network', 'pool', 'vol', 'secret', 'nwfilter'] as const;

/** The object that a call names first, as audits name it. */
function objectIn(args: unknown): string | undefined {
  const given = args as {
    readonly [Name in (typeof handles)[number]]?: {
      readonly uuid?: string;
      readonly pool?: string;
      readonly name?: string;
      readonly portdev?: string;
    };
  };
  const handle = handles.map((name) => given[name]).find((each) => typeof each === 'object');
  return handle?.uuid ?? handle?.portdev ?? (handle?.pool === undefined ? handle?.name : `${handle.pool}/${handle.name ?? ''}`);
}
