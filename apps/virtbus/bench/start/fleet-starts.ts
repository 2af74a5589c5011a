import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as contracts from '@virtbus/contracts';
import { Bus } from '@virtbus/messaging';
import { residentOf } from './resident.ts';
import { domainXml, networkXml } from './definitions.ts';

const quiet = { log: () => undefined, warn: () => undefined, error: () => undefined };
const program = resolve(import.meta.dirname, '../../bin/virtbus');
const READY_MS = 20_000;

export interface FleetStart {
  /** From the bus's acceptance of the order to the instant at which the guest's processors ran, by one clock. Whole milliseconds. */
  readonly runningMs: number;
  /** From the sending of the order to the event in the sender's hands. */
  readonly heardMs: number;
}

/** A fleet of one host in a process of its own; its host is a network namespace. */
export class FleetStarts {
  readonly netns: string;
  readonly stateDir: string;
  readonly url: string;
  private readonly process: ChildProcess;
  private readonly bus: Bus;
  private readonly uuid: string;

  private constructor(of: {
    readonly netns: string;
    readonly stateDir: string;
    readonly url: string;
    readonly process: ChildProcess;
    readonly bus: Bus;
    readonly uuid: string;
  }) {
    this.netns = of.netns;
    this.stateDir = of.stateDir;
    this.url = of.url;
    this.process = of.process;
    this.bus = of.bus;
    this.uuid = of.uuid;
  }

  static async open(nics: number, environment: Readonly<Record<string, string>> = {}): Promise<FleetStarts> {
    const netns = `vb-bench-${process.pid}-${Math.random().toString(36).slice(2, 5)}`;
    execFileSync('ip', ['netns', 'add', netns]);
    const stateDir = await mkdtemp(join(tmpdir(), 'vb-bench-'));
    await chmod(stateDir, 0o711);
    const args = ['up', '--state-dir', stateDir, '--netns', netns, '--host-id', 'bench'];
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...environment } });
    const url = await addressIn(stateDir);
    const bus = await Bus.connect({ servers: url, name: 'bench', owner: 'client', log: quiet });
    await bus.run(contracts.defineNetwork, { xml: networkXml });
    await bus.run(contracts.startNetwork, { network: 'bench' });
    const { uuid } = await bus.run(contracts.defineDomain, { xml: domainXml(nics) });
    return new FleetStarts({ netns, stateDir, url, process: child, bus, uuid });
  }

  /** One start, and the end of it. */
  async once(): Promise<FleetStart> {
    const started = await this.start();
    await this.bus.run(contracts.destroyDomain, { domain: this.uuid });
    await this.freed();
    return started;
  }

  /** The arguments and the runtime directory of the QEMU that the fleet starts. */
  async argv(): Promise<{ readonly argv: string[]; readonly directory: string }> {
    await this.start();
    const { pid } = await this.bus.request(contracts.getDomain, { domain: this.uuid });
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    await this.bus.run(contracts.destroyDomain, { domain: this.uuid });
    await this.freed();
    return { argv, directory: join(this.stateDir, 'host', 'run', this.uuid) };
  }

  residentMiB(): Promise<number> {
    return residentOf(this.process.pid ?? 0);
  }

  async close(): Promise<void> {
    await this.bus.run(contracts.destroyNetwork, { network: 'bench' });
    await sleep(500);
    await this.bus.drain();
    const ended = new Promise((settle) => this.process.once('exit', settle));
    this.process.kill('SIGTERM');
    await ended;
    execFileSync('ip', ['netns', 'delete', this.netns]);
    await rm(this.stateDir, { recursive: true, force: true });
  }

  private async start(): Promise<FleetStart> {
    let hear: (at: string) => void = () => undefined;
    const running = new Promise<string>((settle) => (hear = settle));
    const subscription = this.bus.subscribe(contracts.domainStarted, ({ payload }) => hear(payload.at), { tokens: { uuid: this.uuid } });
    await subscription.ready;
    const from = performance.now();
    await this.bus.send(contracts.startDomain, { domain: this.uuid });
    const acceptedAt = Date.now();
    const runningAt = Date.parse(await running);
    const heardMs = performance.now() - from;
    await subscription.close();
    return { heardMs, runningMs: runningAt - acceptedAt };
  }

  private async freed(): Promise<void> {
    while ((await this.bus.request(contracts.listHosts, {})).hosts[0]?.domains !== 0) await sleep(5);
  }
}

async function addressIn(stateDir: string): Promise<string> {
  const giveUpAt = performance.now() + READY_MS;
  for (;;) {
    try {
      return readFileSync(join(stateDir, 'nats.url'), 'utf8').trim();
    } catch (cause) {
      if (performance.now() > giveUpAt) throw new Error('the fleet did not come up', { cause });
      await sleep(20);
    }
  }
}
