import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { TestFleet } from './test-fleet.js';

/**
 * Says how many bytes a second a connection has carried: port 7001 gives the client so many, who then calls port 7002; port 7003 takes
 * what is sent.
 */
const servers = `
  const { createServer } = require('node:net');
  const bytes = Number(process.argv[1]);
  const say = (way, count, from) => console.log(way, Math.round(count / ((performance.now() - from) / 1000)));
  let given = 0;
  createServer((socket) => {
    given = performance.now();
    socket.on('error', () => undefined).resume().end(Buffer.alloc(bytes));
  }).listen(7001);
  createServer((socket) => {
    say('in', bytes, given);
    socket.on('error', () => undefined).resume().end();
  }).listen(7002);
  createServer((socket) => {
    let [count, from] = [0, performance.now()];
    socket.on('error', () => undefined).on('data', (chunk) => (count += chunk.length)).on('end', () => say('out', count, from));
  }).listen(7003, () => console.log('ready'));`;

/** Whether a kind of frame has come in, by what nftables can say of it. */
export type Kinds = Readonly<Record<string, string>>;

/** A machine on a bridge of the fleet's host: a namespace that counts what comes, and speaks TCP. */
export class Neighbour {
  private said = '';
  private counts: readonly number[] = [];
  private readonly kinds: Kinds;
  private constructor(
    private readonly netns: string,
    kinds: Kinds,
    private readonly serving: ChildProcess,
  ) {
    this.kinds = kinds;
    serving.stdout?.setEncoding('utf8').on('data', (text: string) => (this.said += text));
  }

  /** Joins one to a bridge; kinds of frames are counted from then on. `bytes` is what a connection for inbound traffic carries. */
  static async join(fleet: TestFleet, of: { bridge: string; address: string; kinds?: Kinds; bytes?: number }): Promise<Neighbour> {
    const { kinds = {}, bytes = 0 } = of;
    const netns = `${fleet.netns}-n`;
    const ip = (...args: string[]): void => void execFileSync('ip', args);
    ip('netns', 'add', netns);
    fleet.inHost('ip', 'link', 'add', 'beside', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', netns);
    fleet.inHost('ip', 'link', 'set', 'beside', 'up', 'master', of.bridge);
    ip('-n', netns, 'address', 'add', of.address, 'dev', 'eth0');
    ip('-n', netns, 'link', 'set', 'eth0', 'up');
    const rules = Object.values(kinds).map((words) => `add rule netdev seen c ${words} counter;`);
    const table = 'add table netdev seen; add chain netdev seen c { type filter hook ingress device "eth0" priority 0; };';
    ip('netns', 'exec', netns, 'nft', [table, ...rules].join(' '));
    const serving = spawn('ip', ['netns', 'exec', netns, process.execPath, '-e', servers, '--', String(bytes)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const neighbour = new Neighbour(netns, kinds, serving);
    while (!neighbour.said.includes('ready')) await once(serving.stdout, 'data');
    return neighbour;
  }

  /** The kinds of which any has come since this was asked before. */
  seen(): string[] {
    const listed = execFileSync('ip', ['netns', 'exec', this.netns, 'nft', 'list', 'ruleset'], { encoding: 'utf8' });
    const counts = [...listed.matchAll(/counter packets (\d+)/g)].map(([, packets]) => Number(packets));
    const before = this.counts;
    this.counts = counts;
    return Object.keys(this.kinds).filter((_, index) => counts[index] !== (before[index] ?? 0));
  }

  /** Bytes a second of the connection of a direction that ends next. */
  async carried(way: 'in' | 'out', connect: () => Promise<void>): Promise<number> {
    const from = this.said.length;
    await connect();
    for (;;) {
      const [, rate] = new RegExp(`^${way} (\\d+)$`, 'm').exec(this.said.slice(from)) ?? [];
      if (rate !== undefined) return Number(rate);
      await once(this.serving.stdout!, 'data');
    }
  }

  leave(): void {
    this.serving.kill('SIGKILL');
    execFileSync('ip', ['netns', 'delete', this.netns]);
  }
}
