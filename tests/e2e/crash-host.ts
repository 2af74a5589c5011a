import { existsSync, globSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as contracts from '@virtbus/contracts';
import type { BucketContract, PayloadOf } from '@virtbus/contracts';
import { labXml } from './guest-definitions.js';
import { TestFleet } from './test-fleet.js';

const ARMED = 'armed-failpoint';

interface Link {
  readonly ifname: string;
  readonly ifindex: number;
  readonly master?: string;
  readonly address: string;
  readonly mtu: number;
  readonly qdisc: string;
}

/** What of one fleet's host can be compared: the same whether the kernel is asked or the fleet's records. */
export interface Holdings {
  readonly taps: readonly string[];
  readonly macvtaps: readonly string[];
  readonly bridgePorts: readonly string[];
  readonly forwarding: readonly string[];
  readonly filtered: readonly string[];
  readonly shaped: readonly string[];
  readonly guests: readonly number[];
  readonly directories: readonly string[];
  readonly journal: readonly string[];
  readonly ports: readonly string[];
  readonly claims: readonly string[];
}

const sorted = <T>(values: Iterable<T>): T[] => [...new Set(values)].toSorted((a, b) => (a < b ? -1 : 1));
const namesIn = (text: string): string[] => sorted(text.match(/\b(?:vnet|macvtap)\d+\b/g) ?? []);

/** A fleet of one host whose agent can be made to die, and what others have on the same host. */
export class CrashHost {
  /** Every name that a link of a guest has had, with the link that had it: 0 when it was gone before anybody looked. */
  private readonly given = new Map<string, number>();
  private foreign = '';
  private daemons = 0;

  private constructor(readonly fleet: TestFleet) {}

  static async start(): Promise<CrashHost> {
    process.env['VIRTBUS_FAILPOINT'] = ARMED;
    const host = new CrashHost(await TestFleet.start({ separate: true }));
    try {
      await host.prepare();
      return host;
    } catch (error) {
      await host.stop();
      throw error;
    }
  }

  private async prepare(): Promise<void> {
    const { bus } = this.fleet;
    this.run('ip', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'up0-wire');
    for (const end of ['up0', 'up0-wire']) this.run('ip', 'link', 'set', end, 'up');
    await bus.run(contracts.defineNetwork, { xml: labXml });
    await bus.run(contracts.startNetwork, { network: 'lab' });
  }

  private run(...command: readonly string[]): string {
    return this.fleet.inHost(...command);
  }

  /** Others' links, one with a name as we give them, and others' rules. The bridge is there once a guest has been. */
  settleOthers(): void {
    for (const name of ['stranger', FOREIGN]) {
      this.run('ip', 'tuntap', 'add', 'dev', name, 'mode', 'tap');
      this.run('ip', 'link', 'set', name, 'master', 'virbr0', 'up');
    }
    this.run('bridge', 'fdb', 'replace', '52:54:00:ff:00:01', 'dev', FOREIGN, 'master', 'static');
    this.run('ip', 'link', 'add', 'elsewhere', 'up', 'type', 'bridge');
    this.run('ip', 'link', 'add', 'beside', 'up', 'master', 'elsewhere', 'type', 'veth', 'peer', 'name', 'beside-end');
    this.run('tc', 'qdisc', 'add', 'dev', 'stranger', 'root', 'tbf', 'rate', '1mbit', 'burst', '10k', 'latency', '50ms');
    this.run('nft', 'add table bridge others; add chain bridge others kept; add rule bridge others kept iifname "stranger" drop');
    this.foreign = this.others();
    this.daemons = this.dnsmasqs();
  }

  /** What others have, as text. */
  private others(): string {
    const links = ['stranger', FOREIGN, 'elsewhere', 'beside', 'beside-end', 'up0', 'up0-wire'];
    return [
      ...this.links()
        .filter(({ ifname }) => links.includes(ifname))
        .map(({ ifname, ifindex, master, address, mtu, qdisc }) => [ifname, ifindex, master, address, mtu, qdisc].join(' ')),
      this.run('nft', 'list', 'table', 'bridge', 'others'),
      this.run('tc', 'qdisc', 'show', 'dev', 'stranger'),
      ...['stranger', FOREIGN].map((link) => this.run('bridge', 'fdb', 'show', 'br', 'virbr0', 'brport', link, 'state', 'static')),
    ].join('\n');
  }

  /** Whether everything of others is as it was, and no process was left or lost. */
  strangers(): { readonly links: string; readonly daemons: number } {
    return { links: this.others(), daemons: this.dnsmasqs() };
  }

  private dnsmasqs(): number {
    return this.fleet.hostProcesses().filter((pid) => commandOf(pid).includes('dnsmasq')).length;
  }

  get strangersBefore(): { readonly links: string; readonly daemons: number } {
    return { links: this.foreign, daemons: this.daemons };
  }

  arm(at: string): void {
    writeFileSync(join(this.fleet.stateDir, ARMED), at);
  }

  hasDied(): boolean {
    return !existsSync(join(this.fleet.stateDir, ARMED));
  }

  get agent(): number | undefined {
    return this.fleet.fleet.pidOf('host-agent');
  }

  /** Looks at the names that are given now. Answers those that another link has had. */
  reused(): string[] {
    const links = new Map(this.links().map(({ ifname, ifindex }) => [ifname, ifindex]));
    const journalled = this.journal().flatMap(({ interfaces }) => interfaces.flatMap(({ target }) => target ?? []));
    const names = sorted([...journalled, ...namesIn([...links.keys()].join(' '))]).filter((name) => name !== FOREIGN);
    return names.filter((name) => {
      const now = links.get(name) ?? 0;
      const before = this.given.get(name);
      this.given.set(name, now);
      return before !== undefined && now !== 0 && before !== now;
    });
  }

  private links(): Link[] {
    return JSON.parse(this.run('ip', '-j', 'link', 'show')) as Link[];
  }

  private linksOf(...how: readonly string[]): string[] {
    const found = JSON.parse(this.run('ip', '-j', 'link', 'show', ...how)) as Partial<Link>[];
    return sorted(found.flatMap(({ ifname }) => ifname ?? [])).filter((name) => !['stranger', FOREIGN].includes(name));
  }

  private journal(): { readonly uuid: string; readonly interfaces: readonly { readonly target?: string }[] }[] {
    return globSync(join(this.fleet.stateDir, 'host/domains/*.json')).map((file) => JSON.parse(readFileSync(file, 'utf8')) as never);
  }

  private guests(): number[] {
    const own = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return own.filter((pid) => isGuestOf(pid, this.fleet.stateDir)).map(Number);
  }

  /** What is there, by the kernel and the host's disk. */
  async found(): Promise<Holdings> {
    const fdb = this.run('bridge', 'fdb', 'show', 'br', 'virbr0', 'state', 'static').split('\n');
    const forwarding = fdb.map((line) => /^(52:54:00:\S+) dev (\S+) .*\bmaster\b/.exec(line)).filter((entry) => entry !== null);
    const rules = this.run('nft', 'list', 'ruleset');
    const queues = this.run('tc', 'qdisc', 'show').split('\n');
    const shapers = this.linksOf('type', 'ifb').map((name) => name.replace('ifb-', ''));
    return {
      taps: this.linksOf('type', 'tun'),
      macvtaps: this.linksOf('type', 'macvtap'),
      bridgePorts: this.linksOf('master', 'virbr0'),
      forwarding: sorted(forwarding.map(([, mac, dev]) => `${mac} ${dev}`)).filter((entry) => !entry.endsWith(` ${FOREIGN}`)),
      filtered: namesIn(rules),
      shaped: sorted([...namesIn(queues.filter((line) => /htb|ingress/.test(line)).join('\n')), ...shapers]),
      guests: sorted(this.guests()),
      directories: sorted(readdirSync(join(this.fleet.stateDir, 'host/run'))),
      journal: sorted(readdirSync(join(this.fleet.stateDir, 'host/domains')).map((file) => basename(file, '.json'))),
      ports: sorted((await this.all(contracts.portRecords)).map(({ mac, domain, epoch }) => `${mac} ${domain} ${epoch}`)),
      claims: sorted((await this.all(contracts.hostClaims)).flatMap(({ claims }) => claims.map(({ uuid, epoch }) => `${uuid} ${epoch}`))),
    };
  }

  /** What should be there, by what the fleet says of its domains. */
  async recorded(): Promise<Holdings> {
    const states = (await this.all(contracts.domainStatesBucket)).filter(({ state }) => state !== 'shutoff');
    const plugged = states.flatMap(({ uuid, epoch, interfaces }) =>
      interfaces.map((each) => ({ ...each, uuid, epoch, link: each.target ?? '' })),
    );
    const ofNetwork = plugged.filter(({ type }) => type === 'network');
    const links = (of: typeof plugged): string[] => sorted(of.map(({ link }) => link));
    const uuids = sorted(states.map(({ uuid }) => uuid));
    return {
      taps: links(ofNetwork),
      macvtaps: links(plugged.filter(({ type }) => type === 'direct')),
      bridgePorts: links(ofNetwork),
      forwarding: sorted(ofNetwork.map(({ mac, link }) => `${mac} ${link}`)),
      filtered: links(ofNetwork),
      shaped: links(ofNetwork),
      guests: sorted(states.map(({ pid = 0 }) => pid)),
      directories: uuids,
      journal: uuids,
      ports: sorted(ofNetwork.map(({ mac, uuid, epoch }) => `${mac} ${uuid} ${epoch}`)),
      claims: sorted(states.map(({ uuid, epoch }) => `${uuid} ${epoch}`)),
    };
  }

  private async all<C extends BucketContract>(bucket: C): Promise<PayloadOf<C>[]> {
    const view = await this.fleet.bus.bucket(bucket).view();
    const values = view.entries().map(({ value }) => value);
    await view.close();
    return values;
  }

  async stop(): Promise<void> {
    await this.fleet.stop();
  }
}

/** As ours are named, and where the counter comes past. */
export const FOREIGN = 'vnet3';

function isGuestOf(pid: string, stateDir: string): boolean {
  const command = commandOf(pid);
  return command.startsWith('/usr/bin/qemu') && command.includes(stateDir);
}

/** Empty when the process is gone. */
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
