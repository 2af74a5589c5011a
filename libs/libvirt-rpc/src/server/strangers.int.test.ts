import { readFileSync } from 'node:fs';
import { connect as connectTcp, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { TestAuthority } from '@virtbus/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RpcClient } from '../client/client.js';
import { remoteProcedures as remote } from '../tables/index.js';
import { programs } from '../wire/numbers.js';
import type { AuthPolicy } from './auth-gate.js';
import type { Client } from './connection.js';
import { routesOf } from './routes.js';
import { RpcServer, usualLimits } from './server.js';

const HANDSHAKE_MS = 500;
let authority: TestAuthority;
/** Of the same name, which is all that a certificate says of who has signed it. */
let other: TestAuthority;
let server: RpcServer<Client>;
let port: number;

const file = (from: TestAuthority, name: string): Buffer => readFileSync(join(from.directory, name));

beforeAll(async () => {
  authority = new TestAuthority();
  other = new TestAuthority();
  authority.certify('server', 'localhost');
  authority.certify('client', 'ann');
  authority.certify('late', 'ann', { days: -1 });
  other.certify('client', 'ann');
  const handlers = { connect_open: () => ({}), connect_get_hostname: (_: object, client: Client) => ({ hostname: client.identity.name }) };
  server = new RpcServer<Client>(
    {
      routes: new Map([[programs.remote, routesOf<typeof remote, Client>(remote, handlers)]]),
      open: (client) => client,
      onClose: () => undefined,
      onFault: () => undefined,
    },
    { ...usualLimits, clients: 8, handshakeMs: HANDSHAKE_MS },
  );
  const own = { ca: file(authority, 'cacert.pem'), cert: file(authority, 'servercert.pem'), key: file(authority, 'serverkey.pem') };
  const withToken: AuthPolicy = { type: 'sasl', mechanisms: [] };
  const { address } = await server.listenTls(
    { host: '127.0.0.1', port: 0 },
    { ...own, requestCert: true, rejectUnauthorized: false },
    (socket) => (socket.authorized ? { type: 'none', identity: { name: 'ann', by: 'certificate' } } : withToken),
  );
  ({ port } = address as AddressInfo);
});
afterAll(async () => {
  await server?.close();
  authority?.remove();
  other?.remove();
});

/** As libvirt's client comes in, with a certificate or with none. */
async function comeIn(own: { readonly cert?: Buffer; readonly key?: Buffer } = {}): Promise<RpcClient> {
  const socket = connectTls({ host: '127.0.0.1', port, servername: 'localhost', ca: file(authority, 'cacert.pem'), ...own });
  await new Promise((resolve, reject) => socket.once('error', reject).once('readable', resolve));
  // The one byte that says that the certificate has been looked at.
  expect(socket.read(1)).toEqual(Buffer.from([1]));
  return new RpcClient(socket);
}

const pair = (from: TestAuthority, name: string) => ({ cert: file(from, `${name}cert.pem`), key: file(from, `${name}key.pem`) });

test.each([
  ['of another authority of the same name', () => pair(other, 'client')],
  ['that has expired', () => pair(authority, 'late')],
  ['that there is not', () => ({})],
])('a certificate %s is nobody’s: a token is asked for', async (_, own) => {
  const client = await comeIn(own());
  await expect(client.call(remote.connect_get_hostname, {})).rejects.toThrow('authentication required');
  client.close();
});

test('a certificate of the authority is enough', async () => {
  const client = await comeIn(pair(authority, 'client'));
  await client.open('qemu:///system');
  expect(await client.call(remote.connect_get_hostname, {})).toEqual({ hostname: 'ann' });
  client.close();
});

test('handshakes that never end are let go, are only so many, and keep nobody out for long', async () => {
  const idle = Array.from({ length: 20 }, (): Socket => connectTcp(port, '127.0.0.1'));
  const half = connectTcp(port, '127.0.0.1');
  // The head of a TLS record of 512 bytes, and no more.
  half.write(Buffer.from([22, 3, 1, 2, 0]));
  const from = performance.now();
  await Promise.all([...idle, half].map((socket) => new Promise((resolve) => socket.on('error', () => undefined).once('close', resolve))));
  expect(performance.now() - from).toBeLessThan(HANDSHAKE_MS * 10);
  (await comeIn(pair(authority, 'client'))).close();
});
