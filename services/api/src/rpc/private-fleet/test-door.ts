/** Where virsh finds private fleets, for this folder's tests. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RpcServer } from '@virtbus/libvirt-rpc';
import { routes } from '../handlers/index.js';
import { Session } from '../session.js';
import { TestGateway } from '../testing.js';

const policy = { type: 'none', identity: { name: 'root', by: 'socket' } } as const;

export interface Spoken {
  readonly stdout: string;
  readonly stderr: string;
}

/** A gateway whose real fleet is empty, and virsh. */
export class TestDoor {
  readonly real = new TestGateway();
  /** What went wrong in the gateway itself. */
  readonly faults: unknown[] = [];
  private readonly server = new RpcServer<Session>({
    routes,
    open: (client) => new Session(client, this.real.gateway),
    onClose: (session) => void session.close(),
    onFault: (error) => void this.faults.push(error),
  });

  private constructor(
    readonly uri: string,
    /** virsh runs here, and has no other home. */
    readonly directory: string,
  ) {}

  static async open(): Promise<TestDoor> {
    const port = await freePort();
    const door = new TestDoor(`test+tcp://127.0.0.1:${port}/default`, await mkdtemp(join(tmpdir(), 'vb-private-')));
    await door.server.listen({ host: '127.0.0.1', port }, policy);
    return door;
  }

  async close(): Promise<void> {
    await this.server.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** One connection; what virsh says of failures is an answer, too. */
  virsh(uri: string, ...args: readonly string[]): Promise<Spoken> {
    const { directory } = this;
    return new Promise((answer) => {
      const options = { cwd: directory, env: { ...process.env, LC_ALL: 'C', TZ: 'UTC', HOME: directory }, timeout: 30_000 };
      const virsh = execFile('virsh', ['-c', uri, ...args], options, (_, stdout, stderr) => answer({ stdout, stderr }));
      // Jobs that virsh watches wait for a key, too.
      virsh.stdin?.end();
    });
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
