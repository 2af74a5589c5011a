import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TLSSocket } from 'node:tls';
import { TestAuthority } from '@virtbus/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plain } from '../sasl/plain.js';
import { SCRAM_ITERATIONS, scramCredential, scramSha256 } from '../sasl/scram.js';
import { remoteProcedures } from '../tables/index.js';
import { programs } from '../wire/numbers.js';
import type { AuthPolicy } from './auth-gate.js';
import type { Client } from './connection.js';
import { routesOf } from './routes.js';
import { RpcServer } from './server.js';

const run = promisify(execFile);
const TOKEN = 'vbt-token';
let authority: TestAuthority;
let directory: string;
let server: RpcServer<Client>;
let port: number;
/** The same without encryption. */
let tcpPort: number;

const credential = scramCredential(TOKEN, Buffer.from('0123456789abcdef'), SCRAM_ITERATIONS);
const scram = scramSha256({
  find: (name) => (name === 'ci' ? { credential } : undefined),
  newNonce: () => randomBytes(18).toString('base64'),
  secret: randomBytes(32),
});
const withToken: AuthPolicy = {
  type: 'sasl',
  mechanisms: [plain((name, password) => (password === TOKEN ? { name: `token of ${name}` } : undefined)), scram],
};

function policyOf(socket: TLSSocket): AuthPolicy {
  const name = socket.getPeerCertificate().subject?.CN;
  return socket.authorized && typeof name === 'string' ? { type: 'none', identity: { name, by: 'certificate' } } : withToken;
}

beforeAll(async () => {
  authority = new TestAuthority();
  ({ directory } = authority);
  authority.certify('server', 'localhost');
  authority.certify('client', 'ann');
  const handlers = {
    connect_open: () => ({}),
    connect_close: () => ({}),
    connect_supports_feature: () => ({ supported: 0 }),
    connect_get_hostname: (_: object, client: Client) => ({ hostname: client.identity.name }),
  };
  server = new RpcServer<Client>({
    routes: new Map([[programs.remote, routesOf<typeof remoteProcedures, Client>(remoteProcedures, handlers)]]),
    open: (client) => client,
    onClose: () => undefined,
    onFault: (error) => console.error(error),
  });
  const file = (name: string) => readFileSync(join(directory, name));
  const tls = {
    ca: file('cacert.pem'),
    cert: file('servercert.pem'),
    key: file('serverkey.pem'),
    requestCert: true,
    rejectUnauthorized: false,
  };
  const { address } = await server.listenTls({ host: '127.0.0.1', port: 0 }, tls, policyOf);
  ({ port } = address as AddressInfo);
  const tcp = await server.listen({ host: '127.0.0.1', port: 0 }, withToken);
  ({ port: tcpPort } = tcp.address as AddressInfo);
  await server.listen({ path: join(directory, 'sock') }, withToken);
});
afterAll(async () => {
  await server?.close();
  authority?.remove();
});

const installed = spawnSync('virsh', ['--version']).status === 0;

const hostnameOf = async (uri: string) => (await run('virsh', ['-c', uri, 'hostname'], { timeout: 30_000 })).stdout.trim();
const hostname = (pki: string, more = '') => hostnameOf(`qemu+tls://localhost:${port}/system?pkipath=${pki}${more}`);

const plainly = '&auth=sasl.PLAIN';

test.skipIf(!installed)('without one it proves that it has a token, and does not send it', async () =>
  expect(await hostname(authority.withoutCertificate(), `&authfile=${authority.authFile('ci', TOKEN)}`)).toBe('ci'),
);

test.skipIf(!installed)('it sends the token when it is told to', async () =>
  expect(await hostname(authority.withoutCertificate(), `&authfile=${authority.authFile('ci', TOKEN)}${plainly}`)).toBe('token of ci'),
);

test.skipIf(!installed).each([
  ['a wrong token', 'wrong', 'ci', ''],
  ['a wrong token that it sends', 'wrong', 'ci', plainly],
  ['a name that there is not', TOKEN, 'nobody', ''],
])('it is refused with %s', async (_, password, name, more) =>
  expect(hostname(authority.withoutCertificate(), `&authfile=${authority.authFile(name, password)}${more}`)).rejects.toMatchObject({
    stderr: expect.stringContaining('authentication failed: name or password is wrong') as string,
  }),
);

test.skipIf(!installed)('over a unix socket it does the same', async () => {
  const uri = `qemu+unix:///system?socket=${join(directory, 'sock')}&authfile=${authority.authFile('ci', TOKEN)}`;
  expect(await hostnameOf(uri)).toBe('ci');
});

test.skipIf(!installed)('over TCP it wants a mechanism that encrypts, and there is none', async () => {
  const uri = `qemu+tcp://localhost:${tcpPort}/system?authfile=${authority.authFile('ci', TOKEN)}`;
  await expect(hostnameOf(uri)).rejects.toMatchObject({ stderr: expect.stringContaining('No worthy mechs found') as string });
});
