import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bus, type Log } from '@virtbus/messaging';
import { killGuests } from './leftover-guests.js';
import { startFleet, type Fleet } from 'virtbus';

export const quiet: Log = {
  log: () => undefined,
  warn: (message) => void (process.env['VERBOSE'] && console.warn(message)),
  error: (message, cause) => console.error(message, cause ?? ''),
};

// Storage pools of tests lie with their other files.
process.env['VIRTBUS_POOL_ROOTS'] ??= tmpdir();

const connected = (fleet: Fleet): Promise<Bus> => Bus.connect({ servers: fleet.url, name: 'test', owner: 'client', log: quiet });

/** A fleet of one host, which is a network namespace of its own, with a state directory of its own. */
export class TestFleet {
  private constructor(
    readonly netns: string,
    readonly stateDir: string,
    public fleet: Fleet,
    public bus: Bus,
  ) {}

  static async start(options: { readonly separate?: boolean } = {}): Promise<TestFleet> {
    const netns = `vbt-${process.pid}-${Math.random().toString(36).slice(2, 6)}`;
    execFileSync('ip', ['netns', 'add', netns]);
    execFileSync('ip', ['-n', netns, 'link', 'set', 'lo', 'up']);
    const stateDir = await mkdtemp(join(tmpdir(), 'vbt-'));
    await chmod(stateDir, 0o711);
    // Tests side by side, and a fleet that somebody runs on this machine, do not fight for the usual port.
    process.env['VIRTBUS_REST_LISTEN'] ??= '';
    const fleet = await startFleet({ stateDir, netns, hostId: 'host-a', ...options }, quiet);
    return new TestFleet(netns, stateDir, fleet, await connected(fleet));
  }

  /** Stops the fleet, in order, and starts it again. */
  async restart(): Promise<void> {
    await this.bus.drain();
    await this.fleet.stop();
    this.fleet = await startFleet({ stateDir: this.stateDir, netns: this.netns, hostId: 'host-a' }, quiet);
    this.bus = await connected(this.fleet);
  }

  /** Runs a tool inside the host's network. */
  inHost(...command: readonly string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.netns, ...command], { encoding: 'utf8' });
  }

  /** Processes whose network is the host's: dnsmasq, if anything. */
  hostProcesses(): string[] {
    return execFileSync('ip', ['netns', 'pids', this.netns], { encoding: 'utf8' }).split('\n').filter(Boolean);
  }

  async stop(): Promise<void> {
    await this.bus.drain();
    await this.fleet.stop();
    // A test that failed half-way leaves its guests.
    killGuests(this.stateDir);
    for (const pid of this.hostProcesses()) process.kill(Number(pid), 'SIGKILL');
    execFileSync('ip', ['netns', 'delete', this.netns]);
    await rm(this.stateDir, { recursive: true, force: true });
  }
}
