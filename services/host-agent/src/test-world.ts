/** A host in memory, for tests of what runs domains: fake links and QEMUs, a journal that outlives the runner, everything told kept. */
import { Refusal, type DomainState, type HostNetwork, type Port, type PortRequest, type StartPlacedDomain } from '@virtbus/contracts';
import { CAPABILITIES_FORMAT, type QemuCapabilities } from '@virtbus/qemu-argv';
import type { DomainEntry } from './core/domain-entry.js';
import { DomainRunner } from './domain.runner.js';
import type { DomainWorld } from './domain-world.js';
import { FakeQemus } from './fake-qemus.js';
import { Foresight } from './interfaces/foresight.js';
import { Interfaces } from './interfaces/interfaces.js';
import { FakeHost, FakeLinks } from './links/fake-links.js';
import { NetworkRunner } from './network.runner.js';
import type { Store } from './ports.js';

export const uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
export const networkUuid = '81ff0d90-c91e-6742-64da-4a736edb9a9b';
export const mac = '52:54:00:00:00:01';
export const network: HostNetwork = {
  uuid: networkUuid,
  name: 'lab',
  activation: 1,
  bridge: 'virbr0',
  macTableManager: 'libvirt',
  forwarding: { mode: 'none' },
  settings: { mac: '52:54:00:aa:bb:cc', stp: true, delaySeconds: 0, addresses: [] },
};

export const portOf = (wish: Pick<PortRequest, 'mac'>, actual: Partial<Port['actual']> = {}): Port => ({
  id: '4dd41997-8b1a-4f0e-9f0a-3c1f9c8f2a11',
  network: 'lab',
  networkUuid,
  mac: wish.mac,
  actual: { type: 'network', bridge: 'virbr0', macTableManager: 'libvirt', isolated: false, trustGuestRxFilters: false, ...actual },
});
export const xml = `<domain type='qemu'><name>demo</name><uuid>${uuid}</uuid><memory>65536</memory><os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices><interface type='network'><mac address='${mac}'/><source network='lab'/><model type='virtio'/></interface><memballoon model='none'/></devices></domain>`;
export const order = (more: Partial<StartPlacedDomain> = {}): StartPlacedDomain => ({
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
  devices: [
    'virtio-net-pci',
    'piix3-usb-uhci',
    'virtio-blk-pci',
    'virtio-rng-pci',
    'i6300esb',
    'piix3-ide',
    'lsi53c895a',
    'virtio-scsi-pci',
    'scsi-hd',
  ],
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
  async begin(key: string, value: T) {
    this.values.set(key, value);
  }
  async remove(key: string) {
    this.values.delete(key);
  }
  async readAll() {
    return { values: [...this.values.values()], unreadable: [] };
  }
}

export const codeOf = (act: Promise<unknown>) =>
  act.then(
    () => 'nothing was refused',
    (thrown: unknown) => (thrown instanceof Refusal ? thrown.code : thrown),
  );

/** Whatever the agent closes, QEMU has copies of: a tap stays until it is removed. */
class HostOfRunningGuests extends FakeHost {
  override readonly held: Set<string> = new (class extends Set<string> {
    override has(): boolean {
      return true;
    }
  })();
}

export class TestWorld {
  readonly host: FakeHost = new HostOfRunningGuests();
  readonly qemus = new FakeQemus();
  readonly journal = new MemoryStore<DomainEntry>();
  readonly told: string[] = [];
  readonly states: DomainState[] = [];
  readonly revised: string[] = [];
  /** MACs whose ports were given back, one entry for each release. */
  readonly released: (readonly string[])[] = [];
  readonly warned: string[] = [];
  readonly log = { log: () => undefined, warn: (message: string) => void this.warned.push(message), error: () => undefined };
  /** While netd is away it releases nothing. */
  netdIsAway = false;
  /** MACs of the ports that were kept when all others of a domain were given back, one entry for each time. */
  readonly kept: (readonly string[])[] = [];
  /** What netd was told that guests have for their MACs. */
  readonly followed: string[] = [];
  /** Until this settles netd does not answer that. */
  netdTakes: Promise<void> = Promise.resolve();
  /** What netd refuses it with. */
  refuseGuestMac: Refusal | undefined;
  /** What netd grants. */
  grant: (wish: PortRequest) => Port = portOf;
  /** netd answers once this has settled. */
  answering: Promise<void> = Promise.resolve();
  /** Refuses images that no disk may have. */
  mayBeDisk: (path: string) => Promise<void> = async () => undefined;
  links = new FakeLinks(this.host);
  runner = this.newRunner();

  restart(): DomainRunner {
    this.runner.close();
    this.runner = this.newRunner();
    return this.runner;
  }

  guest() {
    const guest = this.qemus.running.get(uuid);
    if (!guest) throw new Error('the guest does not run');
    return guest;
  }

  last(): DomainState {
    const state = this.states.at(-1);
    if (!state) throw new Error('no state was told');
    return state;
  }

  private newRunner(): DomainRunner {
    const { log, host } = this;
    this.links = new FakeLinks(host);
    const { links } = this;
    const reports: DomainWorld['reports'] = {
      domainState: async (state) => void this.states.push(state),
      domainEvent: async (what, { detail }) => void this.told.push(`${what} ${detail}`),
      rxFilterChanged: async ({ alias, filter }) => void this.told.push(`rxfilter ${alias} ${filter?.mac ?? ''}`),
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
      storage: {
        volumeOfDisk: async (pool, volume) => ({ type: 'file', path: `/${pool}/${volume}` }),
        mayBeDisk: (path) => this.mayBeDisk(path),
      },
      qemus: this.qemus,
      ports: this.netd(),
      foresight: new Foresight(),
      definitions: { revise: async ({ commandId }) => void this.revised.push(commandId) },
      reports,
      journal: this.journal,
      log,
      kvm: false,
      capabilitiesOf: async () => capabilities,
      pathsOf: () => ({ directory: '/run/demo', logFile: '/log/demo' }),
      removeDirectory: async () => undefined,
      now: () => '2026-11-21T10:00:00.000Z',
    });
  }

  private netd(): DomainWorld['ports'] {
    return {
      allocate: async ({ ports }) => {
        await this.answering;
        return { ports: ports.map((wish) => this.grant(wish)), networks: [network] };
      },
      release: async ({ ports }) => void this.released.push(ports.map((each) => each.mac)),
      releaseOthers: async ({ ports }) => {
        if (this.netdIsAway) throw new Refusal('service_unreachable', 'nobody answers');
        this.kept.push(ports.map((each) => each.mac));
      },
      shape: async ({ mac: address }) => portOf({ mac: address }),
      follow: async ({ mac: of, guestMac }) => {
        if (this.netdIsAway) throw new Refusal('service_unreachable', 'nobody answers');
        await this.netdTakes;
        if (this.refuseGuestMac) throw this.refuseGuestMac;
        this.followed.push(`${of} ${guestMac}`);
      },
      plan: async () => network,
    };
  }
}
