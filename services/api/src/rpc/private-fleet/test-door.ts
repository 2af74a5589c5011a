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
  /** It did not end, and was killed. */
  readonly hung: boolean;
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
    return this.run('virsh', ['-c', uri, ...args], 30_000);
  }

  /**
   * One connection to the driver that virsh has in itself. Of a job that is done at once (managedsave) virsh 9.0 may miss the end
   * and wait for ever: half the time with two processors, a tenth with one.
   */
  async itself(uri: string, ...args: readonly string[]): Promise<Spoken> {
    for (let tries = 6; ; tries--) {
      const spoken = await this.run('taskset', ['--cpu-list', '0', 'virsh', '-c', uri, ...args], 5000);
      if (!spoken.hung || tries === 0) return spoken;
    }
  }

  private run(program: string, args: readonly string[], timeout: number): Promise<Spoken> {
    const { directory } = this;
    return new Promise((answer) => {
      const options = { cwd: directory, env: { ...process.env, LC_ALL: 'C', TZ: 'UTC', HOME: directory }, timeout };
      const child = execFile(program, args, options, (error, stdout, stderr) => answer({ stdout, stderr, hung: error?.killed === true }));
      // Jobs that virsh watches wait for a key, too.
      child.stdin?.end();
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
