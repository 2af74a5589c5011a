import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closeSync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import * as contracts from '@virtbus/contracts';
import { Bus, type BusEvent } from '@virtbus/messaging';
import { startFleet, type Fleet } from '../up/index.js';
import { domainXml, guests, networkName, networkXml, type DemoGuest } from './definitions.js';
import { countPings, readGuestLog } from './guest-log.js';
import { publishPlainly } from './plain-client.js';
import { until, type Story } from './story.js';
import { Witness } from './witness.js';

const run = promisify(execFile);
const repository = join(dirname(fileURLToPath(import.meta.url)), '../../../..');
const victims = ['host-agent', 'netd', 'scheduler', 'api', 'nats-server'] as const;

/** The services' own words go to a file: the demo's are enough for the screen. */
const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };

export class Demo {
  private readonly netns = `virtbus-demo-${process.pid}`;
  private readonly witness = new Witness(this.netns);
  private readonly events: BusEvent[] = [];
  private stateDir = '';
  private serviceLog: number | undefined;
  private fleet: Fleet | undefined;
  private client: Bus | undefined;
  private cleaned = false;

  constructor(private readonly story: Story) {}

  async run({ kill }: { readonly kill: boolean }): Promise<void> {
    await this.bringUp();
    await this.define();
    await this.start();
    await this.show();
    await this.ping();
    if (kill) await this.killEverything();
    await this.end();
    this.tellEvents();
    this.story.chapter('How long it took');
    this.story.timingTable();
  }

  async cleanUp(): Promise<void> {
    if (this.cleaned) return;
    this.cleaned = true;
    await this.client?.drain().catch(() => undefined);
    await this.fleet?.stop();
    for (const pid of await this.processes()) process.kill(pid, 'SIGKILL');
    await run('ip', ['netns', 'delete', this.netns]).catch(() => undefined);
    if (this.serviceLog !== undefined) closeSync(this.serviceLog);
    if (this.stateDir !== '') await rm(this.stateDir, { recursive: true, force: true });
  }

  private get bus(): Bus {
    if (!this.client) throw new Error('the fleet is not up');
    return this.client;
  }

  private async bringUp(): Promise<void> {
    const { story } = this;
    story.chapter('A fleet of one host');
    await run('ip', ['netns', 'add', this.netns]);
    await run('ip', ['-n', this.netns, 'link', 'set', 'lo', 'up']);
    this.stateDir = await mkdtemp(join(tmpdir(), 'virtbus-demo-'));
    await chmod(this.stateDir, 0o711);
    this.serviceLog = openSync(join(this.stateDir, 'services.log'), 'a');
    const options = { stateDir: this.stateDir, netns: this.netns, hostId: 'demo-host', separate: true, output: this.serviceLog };
    this.fleet = await story.timed('fleet up: nats-server and four services', () => startFleet(options, silent));
    const { fleet } = this;
    this.client = await Bus.connect({ servers: fleet.url, name: 'demo', owner: 'client', log: silent });
    this.client.subscribe('virtbus.v1.evt.>', (event) => this.events.push(event), { from: 1 });
    const [host] = await until('the host', async () => {
      const { hosts } = await this.bus.request(contracts.listHosts, {});
      return hosts.length > 0 ? hosts : undefined;
    });
    story.line(`nats-server at ${fleet.url}, pid ${fleet.pidOf('nats-server')}`);
    for (const name of ['api', 'scheduler', 'netd', 'host-agent']) story.line(`${name.padEnd(12)} pid ${fleet.pidOf(name)}`);
    story.line(
      `host '${host?.hostId}': ${host?.cpus} processors, ${host?.memoryMiB} MiB, KVM ${host?.kvm ? 'works' : 'does not work, so TCG runs the guests'}`,
    );
    story.line(`its network is the namespace ${this.netns}`);
  }

  private async define(): Promise<void> {
    const { story, bus } = this;
    story.chapter('Definitions, in libvirt XML');
    await story.timed('define and start the network', async () => {
      await bus.run(contracts.defineNetwork, { xml: networkXml });
      await bus.run(contracts.startNetwork, { network: networkName });
    });
    story.good(`network '${networkName}', isolated, DHCP, macTableManager='libvirt'`);
    for (const guest of Object.values(guests)) {
      const { name } = await bus.run(contracts.defineDomain, { xml: domainXml(guest, await this.filesOf(guest)) });
      story.good(`domain '${name}', model ${guest.model}, ${guest.mac}`);
    }
  }

  private async filesOf(guest: DemoGuest) {
    const made = join(repository, '.cache/guest');
    const append = (await readFile(join(repository, 'tools/guest/append'), 'utf8')).trim();
    const ping = guest === guests.b ? ` virtbus.ping=${guests.a.address}` : '';
    return { kernel: join(made, 'vmlinuz'), initrd: join(made, 'initrd.img'), append: append + ping, log: this.logOf(guest) };
  }

  private logOf(guest: DemoGuest): string {
    return join(this.stateDir, `${guest.name}.log`);
  }

  private async start(): Promise<void> {
    const { story, bus, fleet } = this;
    story.chapter('Two starts, each a message');
    await story.timed(`start ${guests.a.name}: first on its network, so bridge, dnsmasq and rules are made`, () =>
      bus.run(contracts.startDomain, { domain: guests.a.name }),
    );
    story.good(`${guests.a.name} by the bus library: virtbus.v1.cmd.domain.start`);
    await story.timed(`start ${guests.b.name}`, async () => {
      await publishPlainly(fleet?.url ?? '', 'virtbus.v1.cmd.domain.start', JSON.stringify({ domain: guests.b.name }));
      await until(`${guests.b.name} to run`, async () => ((await this.domain(guests.b)).state === 'running' ? true : undefined));
    });
    story.good(
      `${guests.b.name} by three lines of text on a TCP connection: PUB virtbus.v1.cmd.domain.start {"domain":"${guests.b.name}"}`,
    );
  }

  private domain(guest: DemoGuest): Promise<contracts.DomainDetail> {
    return this.bus.request(contracts.getDomain, { domain: guest.name });
  }

  private async show(): Promise<void> {
    const { story } = this;
    story.chapter('Where they run, and how they are plugged');
    for (const guest of Object.values(guests)) {
      const { hostId, pid, id, interfaces } = await this.domain(guest);
      story.line(`${guest.name}: id ${id}, placed on ${hostId}, QEMU pid ${pid}`);
      for (const { port, target } of interfaces) {
        story.line(`  ActualNetDef of ${target}: ${JSON.stringify(port?.actual)}`);
        story.line(`  network port ${port?.id}`);
      }
    }
    story.line('taps, as the kernel has them (ip -d link):');
    for (const tap of await this.witness.taps()) story.line(`  ${tap}`);
    story.line('forwarding table (bridge fdb show):');
    for (const entry of await this.witness.forwarding('virbr0')) story.line(`  ${entry}`);
  }

  private async ping(): Promise<void> {
    const { story } = this;
    story.chapter('They reach each other');
    const first = await story.timed('from the start of both to the first ping reply', () =>
      until(
        'a ping reply',
        async () => {
          const { replies, last } = await this.pings();
          return replies >= 5 ? last : undefined;
        },
        60_000,
      ),
    );
    const { leases } = await this.bus.request(contracts.listLeases, { network: networkName });
    for (const { mac, address, hostname } of leases) story.line(`lease ${mac} ${address} ${hostname ?? ''}`);
    story.good(`${guests.b.name} pings ${guests.a.name}: ${first.replace('virtbus-guest: ', '')}`);
  }

  private async pings() {
    return countPings(await readGuestLog(this.logOf(guests.b)));
  }

  private async killEverything(): Promise<void> {
    const { story } = this;
    story.chapter('kill -9 every service while they ping');
    const before = await this.pings();
    const pids = await this.guestPids();
    for (const name of victims) {
      await story.timed(`kill -9 ${name}, until the fleet answers again`, () => this.killAndRecover(name));
      story.line(`${name} killed, and back as pid ${this.fleet?.pidOf(name)}`);
    }
    await until('five more replies', async () => ((await this.pings()).replies >= before.replies + 5 ? true : undefined));
    const after = await this.pings();
    const { domains } = await this.bus.request(contracts.listDomains, {});
    const running = domains.filter((domain) => domain.state === 'running').map((domain) => domain.name);
    if (after.lost > before.lost) throw new Error(`${after.lost - before.lost} pings were lost`);
    if (String(pids) !== String(await this.guestPids())) throw new Error('a guest has another process than before');
    if (running.length !== 2) throw new Error(`the list shows ${running.join(', ') || 'nothing'} running`);
    story.good(
      `${after.replies - before.replies} replies meanwhile, ${after.lost - before.lost} lost; both guests have the pids they had (${pids.join(', ')})`,
    );
    story.good(`list: ${running.join(', ')} running`);
  }

  private async guestPids(): Promise<(number | undefined)[]> {
    return Promise.all(Object.values(guests).map(async (guest) => (await this.domain(guest)).pid));
  }

  private async killAndRecover(name: (typeof victims)[number]): Promise<void> {
    const pid = this.fleet?.pidOf(name);
    if (pid === undefined) throw new Error(`${name} does not run`);
    process.kill(pid, 'SIGKILL');
    await until(`${name} to be back`, async () => {
      const now = this.fleet?.pidOf(name);
      return now !== undefined && now !== pid ? now : undefined;
    });
    // Each answer needs api and bus; the leases need the host-agent; suspending and resuming needs the scheduler; netd answers for the network.
    await until(`an answer after ${name} was killed`, async () => {
      await this.bus.request(contracts.listLeases, { network: networkName }, { timeoutMs: 1_000 });
      const { uuid } = (await this.bus.request(contracts.listNetworks, {}, { timeoutMs: 1_000 })).networks[0] ?? { uuid: '' };
      return (await this.bus.request(contracts.getNetworkPlan, { uuid }, { timeoutMs: 1_000 })).network;
    });
  }

  private async end(): Promise<void> {
    const { story, bus } = this;
    story.chapter('The end');
    await story.timed(`shutdown ${guests.a.name} by its power button`, async () => {
      await bus.run(contracts.shutdownDomain, { domain: guests.a.name });
      await until(`${guests.a.name} to power off`, async () => ((await this.domain(guests.a)).state === 'shutoff' ? true : undefined));
    });
    await story.timed(`destroy ${guests.b.name}`, () => bus.run(contracts.destroyDomain, { domain: guests.b.name }));
    await story.timed('destroy the network, until nothing of it is left', async () => {
      await bus.run(contracts.destroyNetwork, { network: networkName });
      await until('the host to be clean', async () => ((await this.witness.leftovers()).length === 0 ? true : undefined));
    });
    await until('the claims to be freed', async () =>
      (await bus.request(contracts.listHosts, {})).hosts[0]?.domains === 0 ? true : undefined,
    );
    story.good('no tap, bridge, dnsmasq, nftables table or claim is left');
  }

  private tellEvents(): void {
    this.story.chapter('What was said on virtbus.v1.evt.>');
    const [first] = this.events;
    for (const { subject, payload, time } of this.events) {
      const { name, detail, command, ok } = payload as { name?: string; detail?: string; command?: string; ok?: boolean };
      const [, , , resource, , what] = subject.split('.');
      const about = command === undefined ? [name, detail].filter(Boolean).join(' ') : `${command} ${ok ? 'done' : 'failed'}`;
      const at = ((time.getTime() - (first?.time.getTime() ?? 0)) / 1000).toFixed(3);
      this.story.line(`${at.padStart(8)} s  ${`${resource}.${what}`.padEnd(20)} ${about}`);
    }
  }

  private async processes(): Promise<number[]> {
    const { stdout } = await run('ip', ['netns', 'pids', this.netns]).catch(() => ({ stdout: '' }));
    return stdout.split('\n').filter(Boolean).map(Number);
  }
}
