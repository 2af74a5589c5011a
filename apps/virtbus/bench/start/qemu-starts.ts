import { spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { close, listenUnix } from '@virtbus/libc';
import { openTap } from '@virtbus/netlink';
import { Monitor } from '@virtbus/qmp';
import type { FleetStarts } from './fleet-starts.ts';

const FIRST_DESCRIPTOR = 3;

/** The same QEMU with the same arguments and as many taps, started by nothing but a spawn. */
export class QemuStarts {
  private count = 0;

  private readonly fleet: FleetStarts;
  private readonly binary: string;
  private readonly argv: readonly string[];
  private readonly directory: string;
  private readonly taps: number;

  private constructor(of: {
    readonly fleet: FleetStarts;
    readonly binary: string;
    readonly argv: readonly string[];
    readonly directory: string;
    readonly taps: number;
  }) {
    this.fleet = of.fleet;
    this.binary = of.binary;
    this.argv = of.argv;
    this.directory = of.directory;
    this.taps = of.taps;
  }

  static async open(fleet: FleetStarts): Promise<QemuStarts> {
    const { argv, directory } = await fleet.argv();
    const [binary = '', ...rest] = argv;
    const monitor = Number(/fd=(\d+)/.exec(rest.find((word) => word.startsWith('socket,id=charmonitor')) ?? '')?.[1]);
    return new QemuStarts({ fleet, binary, argv: rest, directory, taps: monitor - FIRST_DESCRIPTOR });
  }

  /** @returns milliseconds from spawn to the answer of `cont`; taps and the listening socket are made before. */
  async once(): Promise<number> {
    this.count += 1;
    const directory = join(this.fleet.stateDir, `alone-${this.count}`);
    await mkdir(directory);
    const fds = Array.from({ length: this.taps }, (_, n) => this.tap(n));
    const socket = join(directory, 'monitor.sock');
    fds.push(listenUnix(socket));
    const argv = this.argv.map((word) => word.replaceAll(this.directory, directory));
    const from = performance.now();
    const child = spawn(this.binary, argv, { stdio: ['ignore', 'ignore', 'ignore', ...fds] });
    const monitor = await Monitor.connect(socket);
    await monitor.execute('cont');
    const took = performance.now() - from;
    const ended = new Promise((settle) => child.once('exit', settle));
    child.kill('SIGKILL');
    await ended;
    for (const fd of fds) close(fd);
    await rm(directory, { recursive: true, force: true });
    return took;
  }

  private tap(n: number): number {
    const { fds } = openTap({ name: `alone${n}`, vnetHdr: true, queues: 1, netns: `/run/netns/${this.fleet.netns}` });
    const [fd] = fds;
    if (fd === undefined) throw new Error('a tap has a descriptor');
    return fd;
  }
}
