/** The two daemons that are compared: the fleet's gateway and Debian's libvirtd, each in processes of its own, each over a unix socket. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RpcClient, remoteProcedures as remote } from '@virtbus/libvirt-rpc';
import { TestLibvirtd } from '@virtbus/testing';

const program = resolve(import.meta.dirname, '../../bin/virtbus');
const READY_MS = 60_000;

export interface Daemon {
  readonly name: string;
  readonly socket: string;
  close(): Promise<void>;
}

export const uriOf = ({ socket }: Daemon): string => `qemu+unix:///system?socket=${socket}`;

export async function clientOf({ socket }: Daemon): Promise<RpcClient> {
  const client = await RpcClient.connect({ path: socket });
  await client.open('qemu:///system');
  return client;
}

export interface FleetDaemon extends Daemon {
  readonly pid: number;
  readonly url: string;
}

/** Every service in a process of its own. */
export async function startFleetDaemon(): Promise<FleetDaemon> {
  const netns = `vb-rpc-${process.pid}`;
  execFileSync('ip', ['netns', 'add', netns]);
  const stateDir = await mkdtemp(join(tmpdir(), 'vb-rpc-'));
  await chmod(stateDir, 0o711);
  const args = ['up', '--separate', '--state-dir', stateDir, '--netns', netns, '--host-id', 'bench'];
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const address = join(stateDir, 'nats.url');
  await until(child, () => existsSync(address));
  const close = async (): Promise<void> => {
    const ended = new Promise((settle) => child.once('exit', settle));
    child.kill('SIGTERM');
    await ended;
    execFileSync('ip', ['netns', 'delete', netns]);
    await rm(stateDir, { recursive: true, force: true });
  };
  const pid = child.pid ?? 0;
  return { name: 'virtbus', pid, socket: join(stateDir, 'libvirt-sock'), url: (await readFile(address, 'utf8')).trim(), close };
}

export async function startLibvirtDaemon(): Promise<Daemon | undefined> {
  if (!TestLibvirtd.isInstalled()) return undefined;
  const libvirtd = await TestLibvirtd.start();
  const socket = join(libvirtd.directory, 'run/libvirt/libvirt-sock');
  return { name: 'libvirtd', socket, close: () => libvirtd.stop() };
}

async function until(child: ChildProcess, holds: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + READY_MS;
  while (!holds()) {
    if (child.exitCode !== null || performance.now() > giveUpAt) throw new Error('the fleet did not come up');
    await sleep(50);
  }
}

const nameOf = (number: number): string => `bench-${String(number).padStart(5, '0')}`;

/** Domains that are defined and never started. */
export async function defineUpTo(daemon: Daemon, count: number): Promise<void> {
  const client = await clientOf(daemon);
  const { num } = await client.call(remote.connect_num_of_defined_domains, {});
  const xml = (number: number) =>
    `<domain type='qemu'><name>${nameOf(number)}</name><memory unit='MiB'>64</memory><os><type arch='x86_64' machine='pc'>hvm</type></os></domain>`;
  // As many at once as both daemons have at work for one client.
  const numbers = Array.from({ length: Math.max(0, count - num) }, (_, index) => num + index);
  await Promise.all(
    Array.from({ length: 5 }, async () => {
      for (let next = numbers.pop(); next !== undefined; next = numbers.pop())
        await client.call(remote.domain_define_xml, { xml: xml(next) });
    }),
  );
  client.close();
}
