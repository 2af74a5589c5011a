import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dnsmasqFiles } from '../core/dnsmasq-files.js';
import { HostLinks } from './host-links.js';
import type { LinksOptions, PluggedTap } from './links.js';

/** A network namespace and a state directory of a test's own, with iproute2 inside as an independent witness. */
export interface TestHost {
  readonly netns: string;
  readonly options: LinksOptions;
  readonly logged: string[];
  /** Opens links over this host; all of them are closed at the end. */
  open(): Promise<HostLinks>;
  run(command: string, ...args: string[]): string;
  /** A configuration of dnsmasq for this host, with the files in their places. */
  dnsmasqConfig(network: string, bridge: string): string;
  /** A process that holds copies of a tap's descriptors; the answer ends it. */
  hold(tap: PluggedTap): Promise<() => Promise<void>>;
  remove(): Promise<void>;
}

export function testHost(more: Pick<LinksOptions, 'scripts'> = {}): TestHost {
  const name = `lk-${process.pid}-${randomBytes(3).toString('hex')}`;
  const stateDir = mkdtempSync(join(tmpdir(), 'virtbus-links-'));
  const logged: string[] = [];
  const opened: HostLinks[] = [];
  const options: LinksOptions = {
    netns: `/run/netns/${name}`,
    stateDir,
    ...more,
    log: (level, message) => logged.push(`${level}: ${message}`),
  };
  const run = (command: string, ...args: string[]): string =>
    execFileSync('ip', ['netns', 'exec', name, command, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  execFileSync('ip', ['netns', 'add', name]);
  run('ip', 'link', 'set', 'lo', 'up');
  return {
    netns: name,
    options,
    logged,
    run,
    hold: holdDescriptors,
    open: async () => {
      const links = await HostLinks.open(options);
      opened.push(links);
      return links;
    },
    dnsmasqConfig: (network, bridge) => configOf(stateDir, network, bridge),
    remove: async () => {
      await Promise.all(opened.map((links) => links.close().catch(() => undefined)));
      const pids = execFileSync('ip', ['netns', 'pids', name], { encoding: 'utf8' }).trim().split('\n').filter(Boolean);
      for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
      execFileSync('ip', ['netns', 'del', name]);
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

function configOf(stateDir: string, network: string, bridge: string): string {
  const files = dnsmasqFiles(stateDir, network);
  return [
    'strict-order',
    `pid-file=${files.pidFile}`,
    'except-interface=lo',
    'bind-dynamic',
    `interface=${bridge}`,
    'no-resolv',
    'no-hosts',
    // An address is offered at once, not after three seconds of asking whether somebody has it.
    'no-ping',
    'dhcp-range=10.77.0.2,10.77.0.99,255.255.255.0',
    'dhcp-no-override',
    'dhcp-authoritative',
    `dhcp-leasefile=${files.leaseFile}`,
    `dhcp-hostsfile=${files.hostsFile}`,
    `addn-hosts=${files.addnHostsFile}`,
    '',
  ].join('\n');
}

async function holdDescriptors(tap: PluggedTap): Promise<() => Promise<void>> {
  const holder = spawn('sleep', ['600'], { stdio: ['ignore', 'ignore', 'ignore', ...tap.fds] });
  const ended = new Promise<void>((resolve) => holder.once('exit', () => resolve()));
  return async () => {
    holder.kill();
    await ended;
  };
}
