/** A server for this package's tests: one connection over a pair of pipes, and a handful of procedures. */
import { duplexPair, type Duplex } from 'node:stream';
import { RpcClient } from '../client/client.js';
import { remoteProcedures } from '../tables/index.js';
import { programs } from '../wire/numbers.js';
import { errorCode, errorDomain, RemoteError } from '../wire/remote-error.js';
import type { AuthPolicy } from './auth-gate.js';
import { ServerConnection, type Client } from './connection.js';
import { routesOf, type Handlers } from './routes.js';
import type { ServerStream } from './server-stream.js';

export interface TestSession {
  readonly client: Client;
  readonly streams: ServerStream[];
  /** What came on the streams. */
  readonly received: string[];
  running: number;
  mostRunning: number;
}

const noDomain = (name: string): RemoteError =>
  new RemoteError(errorCode.noDomain, errorDomain.qemu, `Domain not found: no domain with matching name '${name}'`);

const handlers: Handlers<typeof remoteProcedures, TestSession> = {
  connect_open: () => ({}),
  connect_get_hostname: () => ({ hostname: 'gate' }),
  connect_get_lib_version: () => {
    throw new Error('a fault of ours');
  },
  domain_lookup_by_name: ({ name }) => {
    throw noDomain(name);
  },
  domain_create_xml: async ({ xml_desc }, session) => {
    session.running += 1;
    session.mostRunning = Math.max(session.mostRunning, session.running);
    await new Promise((resolve) => setTimeout(resolve, 20));
    session.running -= 1;
    return { dom: { name: xml_desc, uuid: '00000000-0000-0000-0000-000000000001', id: 1 } };
  },
  domain_open_console: (_, session, call) => {
    const stream = call.openStream();
    session.streams.push(stream);
    stream.listen({
      onData: (bytes) => void session.received.push(bytes.toString()),
      onFinish: () => {
        session.received.push('finish');
        if (session.received.includes('bad')) throw new RemoteError(errorCode.systemError, errorDomain.storage, 'No space left on device');
      },
      onAbort: () => void session.received.push('abort'),
    });
    void stream.send(Buffer.from('hello'));
    return {};
  },
};

export interface TestServer {
  /** The client's end of the pipe, for frames that no honest client sends. */
  readonly pipe: Duplex;
  readonly client: RpcClient;
  readonly connection: ServerConnection<TestSession>;
  readonly sessions: TestSession[];
  readonly faults: unknown[];
  readonly closed: () => boolean;
  readonly clock: { now: number };
}

export const asRoot: AuthPolicy = { type: 'none', identity: { name: 'root', by: 'socket' } };

export function testServer(auth: AuthPolicy = asRoot): TestServer {
  const [near, far] = duplexPair();
  const sessions: TestSession[] = [];
  const faults: unknown[] = [];
  const clock = { now: 0 };
  let closed = false;
  const open = (client: Client): TestSession => {
    const session = { client, streams: [], received: [], running: 0, mostRunning: 0 };
    sessions.push(session);
    return session;
  };
  const connection = new ServerConnection<TestSession>(far, {
    auth,
    open,
    routes: new Map([[programs.remote, routesOf(remoteProcedures, handlers)]]),
    onClose: () => (closed = true),
    onFault: (error) => faults.push(error),
    now: () => clock.now,
  });
  return { pipe: near, client: new RpcClient(near), connection, sessions, faults, closed: () => closed, clock };
}
