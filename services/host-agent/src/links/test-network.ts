import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { TestHost } from './test-host.js';

/** A machine on a link of the test host: a network namespace joined to it by a veth pair. */
export interface TestMachine {
  /** The name of its namespace. */
  readonly netns: string;
  run(command: string, ...args: string[]): string;
  /** Whether one ICMP echo to the address is answered within a second. */
  reaches(address: string): Promise<boolean>;
  remove(): void;
}

/** Joins a machine to a bridge of the host. */
export function guestOn(host: TestHost, bridge: string, address?: string, gateway?: string): TestMachine & { readonly link: string } {
  const { machine, link } = joined(host);
  host.run('ip', 'link', 'set', link, 'up', 'master', bridge);
  if (address !== undefined) configure(machine, address, gateway);
  return { ...machine, link };
}

/** Joins a machine to a link of the host that is no bridge: it stands for the world outside. */
export function outsideOf(host: TestHost, hostAddress: string, address: string): TestMachine & { readonly link: string } {
  const { machine, link } = joined(host);
  host.run('ip', 'addr', 'add', hostAddress, 'dev', link, ...atOnce(hostAddress));
  host.run('ip', 'link', 'set', link, 'up');
  configure(machine, address, undefined);
  return { ...machine, link };
}

function joined(host: TestHost): { machine: TestMachine; link: string } {
  const name = `lk-${process.pid}-${randomBytes(3).toString('hex')}`;
  const link = `p${randomBytes(4).toString('hex')}`;
  execFileSync('ip', ['netns', 'add', name]);
  const run = (command: string, ...args: string[]): string =>
    execFileSync('ip', ['netns', 'exec', name, command, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  host.run('ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
  run('ip', 'link', 'set', 'lo', 'up');
  run('ip', 'link', 'set', 'eth0', 'up');
  const remove = (): void => void execFileSync('ip', ['netns', 'del', name]);
  return { machine: { netns: name, run, remove, reaches: (address) => isAnswered(name, address) }, link };
}

/** Without duplicate address detection, which takes a second. */
const atOnce = (address: string): string[] => (address.includes(':') ? ['nodad'] : []);

function configure(machine: TestMachine, address: string, gateway: string | undefined): void {
  machine.run('ip', 'addr', 'add', address, 'dev', 'eth0', ...atOnce(address));
  if (gateway !== undefined) machine.run('ip', 'route', 'add', 'default', 'via', gateway);
}

async function isAnswered(name: string, address: string): Promise<boolean> {
  const ping = ['ping', ...(address.includes(':') ? ['-6'] : []), '-c', '1', '-W', '1', address];
  const child = spawn('ip', ['netns', 'exec', name, 'busybox', ...ping], { stdio: 'ignore' });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code === 0)));
}
