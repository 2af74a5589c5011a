import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHostAgent } from '@virtbus/host-agent';
import { Bus } from '@virtbus/messaging';
import { startFleet, type Fleet } from 'virtbus';

const ip = (...args: readonly string[]): string => execFileSync('ip', args, { encoding: 'utf8' });
const inside = (netns: string, ...command: readonly string[]): string => ip('netns', 'exec', netns, ...command);
const quiet = { log: () => undefined, warn: () => undefined, error: console.error };

/** A host of a fleet: a network namespace with an agent of its own. */
interface WiredHost {
  readonly hostId: string;
  readonly netns: string;
  readonly stateDir: string;
  readonly address: string;
}

/** An agent that can go, its guests staying, and come back. */
interface Agent {
  pause(): Promise<void>;
  resume(): Promise<void>;
}

/** A fleet of three hosts, namespaces all, joined by a bridge in a fourth: what runs between them crosses it. */
export class Wire {
  readonly agents: ReadonlyMap<string, Agent>;

  private readonly middle: string;
  private readonly hosts: readonly WiredHost[];
  private readonly fleet: Fleet;
  readonly bus: Bus;

  private constructor(middle: string, hosts: readonly WiredHost[], fleet: Fleet, bus: Bus) {
    [this.middle, this.hosts, this.fleet, this.bus] = [middle, hosts, fleet, bus];
    this.agents = new Map(hosts.slice(1).map((host) => [host.hostId, agentOf(host, fleet.url)] as const));
  }

  static async start(): Promise<Wire> {
    const tag = `${process.pid}-${Math.random().toString(36).slice(2, 6)}`;
    const middle = `vbw-${tag}`;
    ip('netns', 'add', middle);
    ip('-n', middle, 'link', 'add', 'middle', 'type', 'bridge');
    ip('-n', middle, 'link', 'set', 'middle', 'up');
    const hosts = await Promise.all(['a', 'b', 'c'].map((letter, index) => joined(middle, { tag, letter, index })));
    const [{ stateDir, netns, hostId }] = hosts as [WiredHost, ...WiredHost[]];
    const fleet = await startFleet({ stateDir, netns, hostId }, quiet);
    const wire = new Wire(middle, hosts, fleet, await Bus.connect({ servers: fleet.url, name: 'test', owner: 'client', log: quiet }));
    for (const agent of wire.agents.values()) await agent.resume();
    return wire;
  }

  host(hostId: string): WiredHost {
    const found = this.hosts.find((host) => host.hostId === hostId);
    if (!found) throw new Error(`there is no host ${hostId}`);
    return found;
  }

  /** Where the fleet's bus listens. */
  get url(): string {
    return this.fleet.url;
  }

  /** Runs a tool inside a host's network. */
  on(hostId: string, ...command: readonly string[]): string {
    return inside(this.host(hostId).netns, ...command);
  }

  async stop(): Promise<void> {
    await this.bus.drain();
    for (const agent of this.agents.values()) await agent.pause();
    await this.fleet.stop();
    for (const { stateDir, netns } of this.hosts) {
      for (const file of globSync(join(stateDir, 'host/run/*/qemu.pid'))) kill(Number(readFileSync(file, 'utf8')));
      for (const pid of ip('netns', 'pids', netns).split('\n').filter(Boolean)) kill(Number(pid));
      ip('netns', 'delete', netns);
      await rm(stateDir, { recursive: true, force: true });
    }
    ip('netns', 'delete', this.middle);
  }
}

/** The default route gives a host the address by which others reach it. */
async function joined(middle: string, { tag, letter, index }: { tag: string; letter: string; index: number }): Promise<WiredHost> {
  const [hostId, netns, address] = [`host-${letter}`, `vbt-${tag}-${letter}`, `192.0.2.${index + 1}`];
  ip('netns', 'add', netns);
  ip('-n', netns, 'link', 'set', 'lo', 'up');
  ip('-n', middle, 'link', 'add', hostId, 'type', 'veth', 'peer', 'name', 'wire', 'netns', netns);
  ip('-n', middle, 'link', 'set', hostId, 'master', 'middle', 'up');
  ip('-n', netns, 'address', 'add', `${address}/24`, 'dev', 'wire');
  ip('-n', netns, 'link', 'set', 'wire', 'up');
  ip('-n', netns, 'route', 'add', 'default', 'via', '192.0.2.254');
  const stateDir = await mkdtemp(join(tmpdir(), 'vbt-'));
  await chmod(stateDir, 0o711);
  return { hostId, netns, stateDir, address };
}

function agentOf({ hostId, netns, stateDir }: WiredHost, servers: string): Agent {
  let end: (() => Promise<void>) | undefined;
  return {
    pause: async () => {
      await end?.();
      end = undefined;
    },
    resume: async () => {
      const agent = end === undefined ? await startHostAgent({ servers, signals: false, stateDir, hostId, netns }) : undefined;
      if (agent) end = () => agent.close();
    },
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
