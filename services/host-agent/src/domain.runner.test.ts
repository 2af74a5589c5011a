import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Refusal, type DomainState, type HostNetwork, type Port, type StartPlacedDomain } from '@virtbus/contracts';
import { CAPABILITIES_FORMAT, type QemuCapabilities } from '@virtbus/qemu-argv';
import type { DomainEntry } from './core/domain-entry.js';
import { DomainRunner } from './domain.runner.js';
import type { DomainWorld } from './domain-world.js';
import { FakeQemus } from './fake-qemus.js';
import { Interfaces } from './interfaces/interfaces.js';
import { FakeHost, FakeLinks } from './links/fake-links.js';
import { LinkError } from './links/link-error.js';
import { NetworkRunner } from './network.runner.js';
import type { Store } from './ports.js';
import { LaunchFailed } from './qemu/qemu.js';

const uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const networkUuid = '81ff0d90-c91e-6742-64da-4a736edb9a9b';
const mac = '52:54:00:00:00:01';
const network: HostNetwork = {
  uuid: networkUuid,
  name: 'lab',
  activation: 1,
  bridge: 'virbr0',
  macTableManager: 'libvirt',
  forwarding: { mode: 'none' },
  settings: { mac: '52:54:00:aa:bb:cc', stp: true, delaySeconds: 0, addresses: [] },
};
const port: Port = {
  id: '4dd41997-8b1a-4f0e-9f0a-3c1f9c8f2a11',
  network: 'lab',
  networkUuid,
  mac,
  actual: { type: 'network', bridge: 'virbr0', macTableManager: 'libvirt', isolated: false, trustGuestRxFilters: false },
};
const xml = `<domain type='qemu'><name>demo</name><uuid>${uuid}</uuid><memory>65536</memory><os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices><interface type='network'><mac address='${mac}'/><source network='lab'/><model type='virtio'/></interface><memballoon model='none'/></devices></domain>`;
const order = (more: Partial<StartPlacedDomain> = {}): StartPlacedDomain => ({
  uuid,
  name: 'demo',
  epoch: 1,
  xml,
  id: 17,
  persistent: true,
  ...more,
});
const capabilities: QemuCapabilities = {
  format: CAPABILITIES_FORMAT,
  binary: '/usr/bin/qemu-system-x86_64',
  version: { major: 7, minor: 2, micro: 22 },
  package: '',
  target: 'x86_64',
  machines: [
    { name: 'pc-i440fx-7.2', alias: 'pc', cpuMax: 255, defaultRamId: 'pc.ram', defaultCpuType: 'qemu64-x86_64-cpu', deprecated: false },
  ],
  cpus: [],
  accelerators: ['tcg'],
  devices: ['virtio-net-pci', 'piix3-usb-uhci'],
  objects: ['memory-backend-ram'],
  netdevs: ['tap'],
  commands: [],
  deviceProperties: {},
};

class MemoryStore<T> implements Store<T> {
  readonly values = new Map<string, T>();
  async write(key: string, value: T) {
    this.values.set(key, value);
  }
  async remove(key: string) {
    this.values.delete(key);
  }
  async readAll() {
    return { values: [...this.values.values()], unreadable: [] };
  }
}

let host: FakeHost;
let links: FakeLinks;
let qemus: FakeQemus;
let journal: MemoryStore<DomainEntry>;
let told: string[];
let states: DomainState[];
let released: number;
let runner: DomainRunner;
const log = { log: vi.fn(), warn: vi.fn(), error: vi.fn() };

function newRunner(): DomainRunner {
  links = new FakeLinks(host);
  const reports: DomainWorld['reports'] = {
    domainState: async (state) => void states.push(state),
    domainEvent: async (what, { detail }) => void told.push(`${what} ${detail}`),
    hasNetwork: async () => undefined,
    lostNetwork: async () => undefined,
  };
  const paths = { pidFile: '/p', hostsFile: '/h', addnHostsFile: '/a', leaseFile: '/l' };
  const networks = new NetworkRunner({
    hostId: 'host-a',
    links,
    store: new MemoryStore(),
    reports,
    netd: { plan: async () => network },
    facts: { follow: () => async () => undefined },
    pathsOf: () => paths,
    log,
  });
  return new DomainRunner({
    hostId: 'host-a',
    links,
    interfaces: new Interfaces({ links, log }),
    networks,
    qemus,
    ports: {
      allocate: async () => ({ ports: [port], networks: [network] }),
      release: async () => void (released += 1),
      shape: async () => port,
      plan: async () => network,
    },
    reports,
    journal,
    log,
    kvm: false,
    capabilitiesOf: async () => capabilities,
    pathsOf: () => ({ directory: '/run/demo', logFile: '/log/demo' }),
    removeDirectory: async () => undefined,
    now: () => '2026-11-21T10:00:00.000Z',
  });
}

beforeEach(() => {
  [host, qemus, journal, told, states, released] = [new FakeHost(), new FakeQemus(), new MemoryStore(), [], [], 0];
  runner = newRunner();
});

function restart(): void {
  runner.close();
  runner = newRunner();
}

const codeOf = (act: Promise<unknown>) =>
  act.then(
    () => 'nothing was refused',
    (thrown: unknown) => (thrown instanceof Refusal ? thrown.code : thrown),
  );
const guest = () => qemus.running.get(uuid)!;
const last = () => states.at(-1)!;
const whenGone = () => vi.waitFor(() => expect(journal.values.size).toBe(0));

describe('start', () => {
  test('plugs, runs, and says so in libvirt’s order', async () => {
    await runner.start(order(), 'one');
    expect(told).toEqual(['resumed unpaused', 'started booted']);
    expect(last()).toMatchObject({
      state: 'running',
      reason: 'booted',
      id: 17,
      pid: 101,
      epoch: 1,
      interfaces: [{ target: 'vnet0', source: 'lab' }],
    });
    expect([...(host.taps.get('vnet0')?.forwarding ?? [])]).toEqual([mac]);
    expect(journal.values.get(uuid)).toMatchObject({ state: 'running', process: { pid: 101 } });
  });

  test('paused leaves the processors stopped and the forwarding table empty', async () => {
    await runner.start(order({ paused: true }), 'one');
    expect(told).toEqual(['started booted', 'suspended paused']);
    expect(guest().executed).not.toContain('cont');
    expect(host.taps.get('vnet0')?.forwarding.size).toBe(0);
  });

  test('delivered again finds its own work', async () => {
    await runner.start(order(), 'one');
    await runner.start(order(), 'one');
    expect([qemus.launched.length, told.length]).toEqual([1, 2]);
  });

  test.each<[string, () => void, string]>([
    [
      'the tap cannot be made',
      () => links.failures.set('plugTap', new LinkError('names_exhausted', 'no unused vnet names')),
      'system_error',
    ],
    [
      'the bridge is taken',
      () => links.failures.set('ensureBridge', new LinkError('bridge_foreign', 'virbr0 has another MAC')),
      'network_in_use',
    ],
    ['QEMU dies at once', () => (qemus.failure = new LaunchFailed('process exited while connecting to monitor: no kernel')), 'qemu_failed'],
    [
      'the forwarding entry is refused',
      () => links.failures.set('startForwarding', new LinkError('system', 'no such device')),
      'system_error',
    ],
  ])('that fails because %s takes everything back and says so', async (_, prepare, code) => {
    prepare();
    expect(await codeOf(runner.start(order(), 'one'))).toBe(code);
    expect([host.taps.size, journal.values.size, released, qemus.running.size]).toEqual([0, 0, 1, 0]);
    expect(last()).toMatchObject({ state: 'shutoff', reason: 'failed', epoch: 1 });
    expect(told).toEqual(['stopped failed']);
  });

  test('for KVM is refused where it does not work', async () => {
    expect(await codeOf(runner.start(order({ xml: xml.replace("type='qemu'", "type='kvm'") }), 'one'))).toBe('config_unsupported');
  });
});

describe('an order', () => {
  beforeEach(() => runner.start(order({ epoch: 3 }), 'one'));

  test.each<[string, () => Promise<unknown>, string]>([
    ['of an older placement', () => runner.perform('destroy', { uuid, name: 'demo', epoch: 2 }), 'stale_epoch'],
    ['to start what runs', () => runner.start(order({ epoch: 3 }), 'two'), 'operation_invalid'],
    ['to start at an older placement', () => runner.start(order({ epoch: 2 }), 'two'), 'stale_epoch'],
    ['to resume what runs', () => runner.perform('resume', { uuid, name: 'demo', epoch: 3 }), 'operation_invalid'],
  ])('%s is refused and changes nothing', async (_, act, code) => {
    expect(await codeOf(act())).toBe(code);
    expect([qemus.running.size, told.length]).toEqual([1, 2]);
  });
});

describe('a guest', () => {
  const placed = { uuid, name: 'demo', epoch: 1 };
  beforeEach(async () => {
    await runner.start(order(), 'one');
    told = [];
  });

  test('is suspended and resumed; while it is, it gets no frames', async () => {
    await runner.perform('suspend', placed);
    expect([last().state, last().reason, host.taps.get('vnet0')?.forwarding.size]).toEqual(['paused', 'user', 0]);
    await runner.perform('suspend', placed);
    await runner.perform('resume', placed);
    expect([last().state, last().reason, host.taps.get('vnet0')?.forwarding.size]).toEqual(['running', 'unpaused', 1]);
    expect(told).toEqual(['suspended paused', 'resumed unpaused']);
  });

  test('destroyed leaves nothing', async () => {
    await runner.perform('destroy', placed);
    expect(told).toEqual(['shutdown host', 'stopped destroyed']);
    expect(last()).toMatchObject({ state: 'shutoff', reason: 'destroyed', interfaces: [] });
    expect([host.taps.size, journal.values.size, released]).toEqual([0, 0, 1]);
  });

  test('that powers off is let go', async () => {
    guest().tell('SHUTDOWN', { guest: true, reason: 'guest-shutdown' });
    await whenGone();
    expect(told).toEqual(['shutdown guest', 'stopped shutdown']);
    expect(last()).toMatchObject({ state: 'shutoff', reason: 'shutdown' });
  });

  test('whose process falls has crashed', async () => {
    guest().end();
    await whenGone();
    expect(told).toEqual(['stopped failed']);
    expect(last()).toMatchObject({ state: 'shutoff', reason: 'crashed' });
  });

  test('whose monitor is lost is connected to again', async () => {
    const adopt = vi.spyOn(qemus, 'adopt');
    guest().loseMonitor();
    await vi.waitFor(() => expect(adopt).toHaveBeenCalledOnce(), 5_000);
    await runner.perform('suspend', placed);
    expect([last().state, qemus.running.size]).toEqual(['paused', 1]);
  });

  test('that was to reboot is reset when it powers off, and stays', async () => {
    await runner.perform('reboot', placed);
    guest().tell('SHUTDOWN', { guest: true, reason: 'guest-shutdown' });
    await vi.waitFor(() => expect(guest().executed.slice(-2)).toEqual(['system_reset', 'cont']));
    expect(qemus.running.size).toBe(1);
  });

  test('does not start again at the placement that has ended', async () => {
    await runner.perform('destroy', placed);
    expect(await codeOf(runner.start(order(), 'two'))).toBe('stale_epoch');
    expect(qemus.running.size).toBe(0);
  });

  test('starts again at the next placement once it is gone', async () => {
    guest().tell('SHUTDOWN', { guest: true, reason: 'guest-shutdown' });
    await runner.start(order({ epoch: 2 }), 'two');
    expect(last()).toMatchObject({ state: 'running', epoch: 2 });
  });
});

test('an order about a guest that is not here says that it is over, which frees its placement', async () => {
  expect(await codeOf(runner.perform('destroy', { uuid, name: 'demo', epoch: 4 }))).toBe('operation_invalid');
  expect(last()).toMatchObject({ state: 'shutoff', epoch: 4 });
});

describe('after a restart', () => {
  beforeEach(async () => {
    await runner.start(order(), 'one');
    told = [];
  });

  test('a guest is found again as it was, and its tap name stays reserved', async () => {
    restart();
    await runner.restore();
    expect([last().state, last().pid, told]).toEqual(['running', 101, []]);
    await runner.perform('destroy', { uuid, name: 'demo', epoch: 1 });
    expect(told).toEqual(['shutdown host', 'stopped destroyed']);
  });

  test('a guest that has ended meanwhile is taken away', async () => {
    qemus.running.delete(uuid);
    restart();
    await runner.restore();
    expect([last().state, last().reason, told, host.taps.size, journal.values.size]).toEqual([
      'shutoff',
      'crashed',
      ['stopped failed'],
      0,
      0,
    ]);
  });

  test('a start that was cut short between launch and cont goes on', async () => {
    const entry = journal.values.get(uuid)!;
    journal.values.set(uuid, { ...entry, state: 'paused', reason: 'starting-up' });
    qemus.make(uuid, 'prelaunch');
    restart();
    await runner.restore();
    expect(guest().executed).toContain('cont');
    expect([last().state, last().reason, told]).toEqual(['running', 'booted', ['resumed unpaused', 'started booted']]);
  });

  test('a guest that does not answer stays, and orders for it say so', async () => {
    const process = { ...guest().asRunning() };
    vi.spyOn(qemus, 'adopt').mockResolvedValue({ type: 'unresponsive', reason: 'no_answer', process });
    restart();
    await runner.restore();
    expect(await codeOf(runner.perform('destroy', { uuid, name: 'demo', epoch: 1 }))).toBe('qemu_failed');
    expect([journal.values.size, host.taps.size]).toEqual([1, 1]);
  });
});
