import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { connect as connectTls } from 'node:tls';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createToken, revokeToken, writeAsked, type CreateToken } from '@virtbus/contracts';
import { newScramTexts, RpcClient, remoteProcedures as remote } from '@virtbus/libvirt-rpc';
import { Bus, noLog, type RunningService } from '@virtbus/messaging';
import { startChild, TestAuthority } from '@virtbus/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startApi } from '../start.js';
import type { SaslName } from './listening.js';

const run = promisify(execFile);
const installed = spawnSync('virsh', ['--version']).status === 0;
const secret = 'S'.repeat(43);
const id = '5f2c9a7b1e3d4c60';
const token = `vbt_${id}_${secret}`;

let authority: TestAuthority;
let nats: Awaited<ReturnType<typeof startChild>>;
let client: Bus;
const gateways: RunningService[] = [];

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function gateway(...sasl: readonly SaslName[]): Promise<number> {
  const port = await freePort();
  const tls = { host: '127.0.0.1', port, pki: authority.ofDaemon(), sasl };
  gateways.push(await startApi({ servers: nats.url, signals: false, log: noLog, rpc: { tls } }));
  return port;
}

const make = async (more: Partial<CreateToken> = {}): Promise<void> => {
  const hash = createHash('sha256').update(secret).digest('base64url');
  await client.run(createToken, { id, name: 'ci', role: 'viewer', hash, scram: newScramTexts(token), ...more });
};

const virsh = (port: number, { name = id, password = token, more = '' }, ...args: readonly string[]): Promise<string> => {
  const uri = `qemu+tls://localhost:${port}/system?pkipath=${authority.withoutCertificate()}&authfile=${authority.authFile(name, password)}${more}`;
  return run('virsh', ['-c', uri, ...args], { timeout: 30_000 }).then(
    ({ stdout }) => stdout.trim(),
    ({ stderr }: { readonly stderr: string }) => stderr.trim(),
  );
};

/** What the gateway answers to the first message of SCRAM. */
async function saltOf(port: number, name: string): Promise<string> {
  const socket = connectTls({ host: 'localhost', port, ca: readFileSync(join(authority.directory, 'cacert.pem')) });
  // The byte that says that the connection is accepted.
  await once(socket, 'readable');
  socket.read(1);
  const rpc = new RpcClient(socket);
  const { data } = await rpc.call(remote.auth_sasl_start, { mech: 'SCRAM-SHA-256', nil: 0, data: Buffer.from(`n,,n=${name},r=abc`) });
  rpc.close();
  return Buffer.from(data)
    .toString()
    .replace(/^r=[^,]+,/, '');
}

beforeAll(async () => {
  authority = new TestAuthority();
  nats = await startChild();
  client = await Bus.connect({ servers: nats.url, name: 'test', owner: 'client', log: noLog });
}, 60_000);
afterAll(async () => {
  for (const one of gateways) await one.close();
  await client?.drain();
  await nats?.stop();
  authority?.remove();
});

test.skipIf(!installed)('virsh shows a token that it does not send, by its id or its name, until it is revoked', async () => {
  const port = await gateway('SCRAM-SHA-256');
  await make();
  const audits: unknown[] = [];
  const audit = client.subscribe(writeAsked, ({ payload }) => void (payload.call === 'auth_sasl_start' && audits.push(payload)));
  await audit.ready;
  await vi.waitFor(async () => expect(await virsh(port, {}, 'list', '--name')).toBe(''), 10_000);
  expect(await virsh(port, { name: 'ci' }, 'list', '--name')).toBe('');
  expect(await virsh(port, {}, 'undefine', 'x')).toContain("failed to get domain 'x'");
  expect(await virsh(port, {}, 'pool-define-as', 'p', 'dir', '--target', '/tmp')).toContain('operation forbidden');
  expect(await virsh(port, { password: token.replace(/S$/, 'T') }, 'list')).toContain('name or password is wrong');
  expect(await virsh(port, { name: 'nobody' }, 'list')).toContain('name or password is wrong');
  const told = { who: 'nobody', via: 'rpc', allowed: false, code: 'unauthenticated', from: expect.any(String) as string };
  await vi.waitFor(() => expect(audits).toMatchObject([told, told]));
  await audit.close();
  expect(await virsh(port, { more: '&auth=sasl.PLAIN' }, 'list')).toContain('SASL mechanism PLAIN not supported by server');
  await client.run(revokeToken, { token: id });
  await vi.waitFor(async () => expect(await virsh(port, {}, 'list')).toContain('name or password is wrong'), 10_000);
});

test.skipIf(!installed)('where both are offered, virsh sends nothing unless it is told to', async () => {
  const port = await gateway('PLAIN', 'SCRAM-SHA-256');
  await make({ id: '1'.repeat(16) });
  const other = { name: 'whoever', password: `vbt_${'1'.repeat(16)}_${secret}` };
  await vi.waitFor(async () => expect(await virsh(port, { ...other, more: '&auth=sasl.PLAIN' }, 'list', '--name')).toBe(''), 10_000);
  expect(await virsh(port, other, 'list')).toContain('name or password is wrong');
});

test('two gateways answer alike, whether there is such a token or not', async () => {
  const ports = [await gateway('SCRAM-SHA-256'), await gateway('SCRAM-SHA-256')] as const;
  const scram = newScramTexts(token);
  await make({ id: '2'.repeat(16), name: 'two', scram });
  const answers = (name: string) => Promise.all(ports.map((port) => saltOf(port, name)));
  const known = `s=${scram.salt},i=4096`;
  await vi.waitFor(async () => expect(await answers('two')).toEqual([known, known]), 10_000);
  const shape = /^s=[A-Za-z0-9+/]{22}==,i=4096$/;
  for (const name of ['two', '2'.repeat(16), 'nobody', '3'.repeat(16)]) {
    const [first, second] = await answers(name);
    expect(first).toMatch(shape);
    expect(second).toBe(first);
    expect(await answers(name)).toEqual([first, first]);
  }
  expect(await answers('2'.repeat(16))).toEqual([known, known]);
});
