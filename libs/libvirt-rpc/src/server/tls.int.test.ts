import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plain } from '../sasl/plain.js';
import { remoteProcedures } from '../tables/index.js';
import { programs } from '../wire/numbers.js';
import type { AuthPolicy } from './auth-gate.js';
import type { Client } from './connection.js';
import { routesOf } from './routes.js';
import { RpcServer } from './server.js';

const run = promisify(execFile);
const TOKEN = 'vbt-token';
let directory: string;
let server: RpcServer<Client>;
let port: number;

const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'ignore' });

/** A key and a certificate of the authority, under the names that libvirt's client looks for. */
function certify(name: string, subject: string): void {
  writeFileSync(join(directory, 'ext'), 'subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n');
  openssl(
    'req',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-subj',
    `/CN=${subject}`,
    '-keyout',
    `${name}key.pem`,
    '-out',
    'csr',
  );
  const signing = ['x509', '-req', '-in', 'csr', '-days', '2', '-CA', 'cacert.pem', '-CAkey', 'cakey.pem', '-CAcreateserial'];
  openssl(...signing, '-extfile', 'ext', '-out', `${name}cert.pem`);
}

const withToken: AuthPolicy = {
  type: 'sasl',
  mechanisms: [plain((name, password) => (password === TOKEN ? { name: `token of ${name}` } : undefined))],
};

function policyOf(socket: TLSSocket): AuthPolicy {
  const name = socket.getPeerCertificate().subject?.CN;
  return socket.authorized && typeof name === 'string' ? { type: 'none', identity: { name, by: 'certificate' } } : withToken;
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'vb-tls-'));
  const root = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=authority'];
  openssl(...root, '-keyout', 'cakey.pem', '-out', 'cacert.pem');
  certify('server', 'localhost');
  certify('client', 'ann');
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
});
afterAll(async () => {
  await server?.close();
  if (directory) rmSync(directory, { recursive: true, force: true });
});

const installed = spawnSync('virsh', ['--version']).status === 0;

const hostname = async (pki: string, more = '') => {
  const { stdout } = await run('virsh', ['-c', `qemu+tls://localhost:${port}/system?pkipath=${pki}${more}`, 'hostname'], {
    timeout: 30_000,
  });
  return stdout.trim();
};

/** What libvirt's client finds when it has no certificate of its own. */
function withoutCertificate(): string {
  const pki = mkdtempSync(join(directory, 'pki-'));
  writeFileSync(join(pki, 'cacert.pem'), readFileSync(join(directory, 'cacert.pem')));
  return pki;
}

function authFile(password: string): string {
  const path = join(directory, 'auth.conf');
  writeFileSync(path, `[credentials-it]\nauthname=ci\npassword=${password}\n[auth-libvirt-localhost]\ncredentials=it\n`);
  return path;
}

test.skipIf(!installed)('Debian’s virsh comes in with a certificate of the authority', async () =>
  expect(await hostname(directory)).toBe('ann'),
);

test.skipIf(!installed)('it comes in with a token when it has none', async () =>
  expect(await hostname(withoutCertificate(), `&authfile=${authFile(TOKEN)}`)).toBe('token of ci'),
);

test.skipIf(!installed)('it is refused with a wrong token', async () =>
  expect(hostname(withoutCertificate(), `&authfile=${authFile('wrong')}`)).rejects.toMatchObject({
    stderr: expect.stringContaining('authentication failed') as string,
  }),
);
