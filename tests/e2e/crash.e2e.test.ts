/**
 * The host-agent is killed between every two side effects of starting, stopping, plugging and unplugging. `npm test` kills it at some of
 * them, `npm run crash` (VIRTBUS_CRASH=all) at all.
 */
import { join } from 'node:path';
import * as contracts from '@virtbus/contracts';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { failpoints } from '../../services/host-agent/src/failpoints.js';
import { SerialConsole } from '../../tools/guest/serial-console.ts';
import { ofBindings, ofDomains, ofInterfaces, type Connection, type Crash, type Operation } from './crash-cases.js';
import { CrashHost } from './crash-host.js';
import { guestXml, nic } from './guest-definitions.js';

const all = process.env['VIRTBUS_CRASH'] === 'all';
const chosen = (of: readonly Crash[]): Crash[] => of.filter(({ always }) => all || always);
const patience = { timeout: 60_000, interval: 100 };
/** A command whose service dies is delivered again after ten seconds. */
const afterDeath = { timeoutMs: 90_000 };

const dressed = `<bandwidth><inbound average='1000'/><outbound average='1000'/></bandwidth><filterref filter='no-mac-spoofing'/>`;
const macOf = (connection: Connection, n: number): string => `52:54:00:00:${connection === 'network' ? 'c0' : 'c1'}:0${n}`;
const interfaceXml = (connection: Connection, n: number): string =>
  connection === 'network'
    ? nic(macOf(connection, n), { extra: dressed })
    : `<interface type='direct'><mac address='${macOf(connection, n)}'/><source dev='up0' mode='bridge'/><model type='virtio'/></interface>`;
const places = Array.from({ length: 9 }, (_, at) => `<controller type='pci' index='${at + 1}' model='pcie-root-port'/>`).join('');

test('every failpoint has its case', () => {
  expect(new Set([...ofDomains, ...ofInterfaces, ...ofBindings].map(({ at }) => at))).toEqual(new Set(failpoints));
});

class Story {
  private constructor(
    readonly host: CrashHost,
    private readonly domain: string,
  ) {}

  static async begin(domain: string, connections: readonly Connection[]): Promise<Story> {
    const host = await CrashHost.start();
    const xml = guestXml({ name: domain, interfaces: connections.map((each) => interfaceXml(each, 1)).join(''), devices: places });
    await host.fleet.bus.run(contracts.defineDomain, { xml });
    return new Story(host, domain);
  }

  async boot(): Promise<void> {
    const { bus, stateDir } = this.host.fleet;
    const { uuid } = await bus.run(contracts.startDomain, { domain: this.domain, paused: true });
    const console = await SerialConsole.connect(join(stateDir, 'host', 'run', uuid, 'serial0.sock'));
    await bus.run(contracts.resumeDomain, { domain: this.domain });
    await console.waitFor(new RegExp(`virtbus-guest: ready ${this.domain}`), 60_000);
    console.close();
    this.host.settleOthers();
  }

  private order(operation: Operation, connection: Connection): Promise<unknown> {
    const { bus } = this.host.fleet;
    const { domain } = this;
    const xml = interfaceXml(connection, 2);
    switch (operation) {
      case 'start':
        return bus.run(contracts.startDomain, { domain }, afterDeath);
      case 'stop':
        return bus.run(contracts.destroyDomain, { domain }, afterDeath);
      case 'attach':
        return bus.run(contracts.attachDevice, { domain, xml, live: true }, afterDeath);
      case 'detach':
        return bus.run(contracts.detachDevice, { domain, xml, live: true }, afterDeath);
    }
  }

  /** What the operation is about, as the fleet sees it. */
  private async isDone(operation: Operation, connection: Connection): Promise<boolean> {
    const { state, interfaces } = await this.host.fleet.bus.request(contracts.getDomain, { domain: this.domain });
    if (operation === 'start') return state === 'running';
    if (operation === 'stop') return state === 'shutoff';
    const isThere = interfaces.some(({ mac }) => mac === macOf(connection, 2));
    return isThere === (operation === 'attach');
  }

  /** Brings the domain to where the operation begins. */
  async prepare({ operation, connection }: Crash): Promise<void> {
    const opposite = { start: 'stop', stop: 'start', attach: 'detach', detach: 'attach' } as const;
    if (!(await this.isDone(opposite[operation], connection))) await this.order(opposite[operation], connection);
    await this.settled(opposite[operation], connection);
  }

  /** The agent dies on the way, and is another process when this returns. */
  async crash({ operation, connection, at }: Crash): Promise<void> {
    const { host } = this;
    const first = host.agent;
    host.arm(at);
    const outcome = this.order(operation, connection).then(
      () => 'done',
      (thrown: unknown) => (thrown instanceof contracts.Refusal ? thrown.code : Promise.reject(thrown as Error)),
    );
    await vi.waitFor(() => expect(host.hasDied()).toBe(true), patience);
    expect(host.reused()).toEqual([]);
    const code = await outcome;
    if (process.env['VERBOSE']) console.log(`${operation} at ${at}: ${code}`);
    expect(['done', 'operation_invalid', 'no_device']).toContain(code);
    await vi.waitFor(() => expect([undefined, first]).not.toContain(host.agent), patience);
    await this.settled(operation, connection);
  }

  private async settled(operation: Operation, connection: Connection): Promise<void> {
    const { host } = this;
    await vi.waitFor(async () => {
      expect(await this.isDone(operation, connection)).toBe(true);
      expect(await host.found()).toEqual(await host.recorded());
    }, patience);
    expect(host.reused()).toEqual([]);
    expect(host.strangers()).toEqual(host.strangersBefore);
  }
}

const lives = [
  ['domains', 'brief', ['network', 'direct'], chosen(ofDomains)],
  ['interfaces', 'steady', ['network'], chosen(ofInterfaces)],
] as const;
const stories = new Map<string, Story>();

beforeAll(async () => {
  for (const [, domain, connections] of lives) stories.set(domain, await Story.begin(domain, connections));
  await Promise.all([...stories.values()].map((story) => story.boot()));
}, 240_000);
afterAll(async () => {
  for (const { host } of stories.values()) await host.stop();
});

describe.concurrent.each(lives)(
  'an agent that dies over %s is followed by one that leaves no trace of it:',
  (_, domain, _connections, crashes) => {
    const storyNow = (): Story => stories.get(domain) ?? expect.unreachable('its fleet did not start');

    // One after another: the two stories go on beside each other.
    for (const crash of crashes) {
      test(`${crash.operation} at ${crash.at} (${crash.connection})`, { concurrent: false }, async () => {
        await storyNow().prepare(crash);
        await storyNow().crash(crash);
      });
    }
  },
);
