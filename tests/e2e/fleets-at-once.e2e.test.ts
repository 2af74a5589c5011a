/** Fleets that are started on one machine in the same moment, as processes: who has the usual port of REST, and who another. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';

const program = fileURLToPath(new URL('../../apps/virtbus/dist/main.js', import.meta.url));
const netns = `vbt-${process.pid}-once`;
const ready = { timeout: 60_000, interval: 100 };

class Up {
  readonly stateDir = mkdtempSync(join(tmpdir(), 'vbt-once-'));
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  out = '';
  err = '';

  constructor(listen: string | undefined, ...words: readonly string[]) {
    const { VIRTBUS_REST_LISTEN: _unsaid, ...environment } = process.env;
    const command = ['netns', 'exec', netns, process.execPath, program, 'up', '--state-dir', this.stateDir, ...words];
    this.child = spawn('ip', command, {
      env: { ...environment, ...(listen === undefined ? {} : { VIRTBUS_REST_LISTEN: listen }) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk) => (this.out += chunk));
    this.child.stderr?.on('data', (chunk) => (this.err += chunk));
    this.ended = new Promise((resolve) => this.child.once('exit', resolve));
  }

  get port(): number {
    return Number(/^REST: http:\/\/127\.0\.0\.1:(\d+) /m.exec(this.out)?.[1]);
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended;
    rmSync(this.stateDir, { recursive: true, force: true });
  }
}

/** What a gateway of the namespace answers to whoever shows no token; 000 when nobody answers. */
const asked = (port: number): string => {
  const command = [
    'netns',
    'exec',
    netns,
    'curl',
    '-s',
    '-m',
    '5',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code}',
    `http://127.0.0.1:${port}/v1/hosts`,
  ];
  try {
    return execFileSync('ip', command, { encoding: 'utf8' });
  } catch {
    return '000';
  }
};
const pidsThere = (name: string): number[] =>
  execFileSync('ip', ['netns', 'pids', netns], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(name))
    .map(Number);

let fleets: Up[] = [];
beforeAll(() => {
  execFileSync('ip', ['netns', 'add', netns]);
  execFileSync('ip', ['-n', netns, 'link', 'set', 'lo', 'up']);
});
afterEach(async () => {
  await Promise.all(fleets.map((fleet) => fleet.stop()));
  fleets = [];
}, 60_000);
afterAll(() => execFileSync('ip', ['netns', 'delete', netns]));

const start = (...words: readonly string[]): Up => {
  const fleet = new Up(undefined, ...words);
  fleets.push(fleet);
  return fleet;
};

test('each has a port, one of them the usual one, and a gateway that is started again has its own again', async () => {
  const [apart] = [start('--host-id', 'a', '--separate'), start('--host-id', 'b')];
  await vi.waitFor(() => {
    for (const fleet of fleets) expect(fleet.port, fleet.err).toBeGreaterThan(0);
  }, ready);
  const ports = fleets.map(({ port }) => port);
  expect(new Set(ports).size).toBe(2);
  expect(ports).toContain(8480);
  expect(ports.map(asked)).toEqual(['401', '401']);

  const [gateway = 0] = pidsThere('services/api/dist');
  process.kill(gateway, 'SIGKILL');
  await vi.waitFor(() => {
    expect(pidsThere('services/api/dist')).not.toContain(gateway);
    expect(asked(apart?.port ?? 0)).toBe('401');
  }, ready);
}, 180_000);

test.each([[[]], [['--separate']]])(
  'an address that was said and is taken is a clear error, with nothing left running: %j',
  async (words) => {
    const holder = spawn('ip', [
      'netns',
      'exec',
      netns,
      process.execPath,
      '-e',
      "require('node:net').createServer().listen(8480, '127.0.0.1')",
    ]);
    try {
      await vi.waitFor(
        () => expect(execFileSync('ip', ['netns', 'exec', netns, 'ss', '-ltnH'], { encoding: 'utf8' })).toContain(':8480'),
        ready,
      );
      const refused = new Up('127.0.0.1', ...words);
      fleets.push(refused);
      expect(await refused.ended).toBe(1);
      expect([refused.out, refused.err]).toEqual([
        '\n',
        'error: The fleet did not start\n' +
          'error: REST cannot be served on 127.0.0.1:8480: the port is taken ("ss -ltnp sport = :8480" says which process has it); ' +
          'end that, or set VIRTBUS_REST_LISTEN to another address\n',
      ]);
      expect(pidsThere('nats-server')).toEqual([]);
    } finally {
      holder.kill();
    }
  },
  60_000,
);
