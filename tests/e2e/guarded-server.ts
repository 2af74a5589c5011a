import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { vi } from 'vitest';

const users = {
  api: { page: 'permissions.md', title: '## api' },
  scheduler: { page: 'permissions.md', title: '## scheduler' },
  netd: { page: 'permissions.md', title: '## netd' },
  'host-agent': { page: 'permissions.md', title: '## host-agent' },
  sender: { page: 'access.md', title: '### administrator' },
  operator: { page: 'access.md', title: '### operator' },
  viewer: { page: 'access.md', title: '### viewer' },
  blue: { page: 'access.md', title: '### a known sender' },
  red: { page: 'access.md', title: '### a known sender' },
} as const;
export type User = keyof typeof users;

/** Ids of the tokens that say what known senders may. */
export const senderIds: { readonly [Name in User]?: string } = { blue: '00000000000000b1', red: '00000000000000ed' };

/** What the page says under a heading. */
function permissionsOf(user: User, hostId: string): string {
  const { page, title } = users[user];
  const text = readFileSync(join(import.meta.dirname, '../../docs/generated', page), 'utf8');
  const [, block] = text.split(`\n${title}\n`)[1]?.split('```') ?? [];
  if (block === undefined) throw new Error(`${page} has nothing under "${title}"`);
  return block
    .replaceAll('{hostId}', hostId)
    .replaceAll('{user}', user)
    .replaceAll('{sender}', senderIds[user] ?? '');
}

/** A nats-server that knows users with the very rights of docs/generated/permissions.md, and nobody else. */
export class GuardedServer {
  private readonly doors: Server[] = [];

  private constructor(
    private readonly directory: string,
    private readonly child: ChildProcess,
    private readonly port: number,
  ) {}

  static async start(hostId: string): Promise<GuardedServer> {
    const directory = await mkdtemp(join(tmpdir(), 'vbt-guarded-'));
    const names = Object.keys(users) as User[];
    const entries = names.map((user) => `{ user: ${user}, password: ${user}, ${permissionsOf(user, hostId)} }`);
    const config = [
      'listen: 127.0.0.1:-1',
      'max_payload: 4MB',
      `log_file: ${JSON.stringify(join(directory, 'log'))}`,
      `ports_file_dir: ${JSON.stringify(directory)}`,
      `jetstream { store_dir: ${JSON.stringify(join(directory, 'store'))} }`,
      'accounts {',
      `  FLEET { jetstream: enabled, users: [\n${entries.join(',\n')}\n] }`,
      // Somebody else's, on the same server.
      '  TENANT { users: [{ user: tenant, password: tenant }] }',
      '}',
    ];
    await writeFile(join(directory, 'conf'), config.join('\n'));
    const path = [process.env['PATH'], '/usr/sbin'].join(delimiter);
    const child = spawn(process.env['NATS_SERVER'] ?? 'nats-server', ['-c', join(directory, 'conf')], {
      stdio: 'ignore',
      env: { ...process.env, PATH: path },
    });
    const port = await vi.waitFor(async () => {
      const ports = JSON.parse(await readFile(join(directory, `nats-server_${child.pid}.ports`), 'utf8')) as { nats: [string] };
      return Number(new URL(ports.nats[0]).port);
    }, 10_000);
    return new GuardedServer(directory, child, port);
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** An address whose connections are those of a user: for programs that present no credential, it is put into their greeting on the way. */
  async addressOf(user: User): Promise<string> {
    const door = createServer((client) => {
      const server = connect(this.port, '127.0.0.1');
      let greeting = '';
      const greet = (chunk: Buffer): void => {
        greeting += chunk.toString('latin1');
        if (!greeting.includes('\r\n')) return;
        client.off('data', greet);
        server.write(greeting.replace('CONNECT {', `CONNECT {"user":"${user}","pass":"${user}",`), 'latin1');
        client.pipe(server);
      };
      client.on('data', greet);
      server.pipe(client);
      for (const [one, other] of [
        [client, server],
        [server, client],
      ] as const) {
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroy());
      }
    });
    this.doors.push(door);
    door.listen(0, '127.0.0.1');
    await once(door, 'listening');
    return `nats://127.0.0.1:${(door.address() as AddressInfo).port}`;
  }

  /** What somebody tried without the right to. */
  async violations(): Promise<string[]> {
    const log = await readFile(join(this.directory, 'log'), 'utf8');
    return log.split('\n').filter((line) => line.includes('Violation'));
  }

  async stop(): Promise<void> {
    for (const door of this.doors) door.close();
    if (this.child.exitCode === null && this.child.kill('SIGKILL')) await once(this.child, 'exit');
    await rm(this.directory, { recursive: true, force: true });
  }
}
