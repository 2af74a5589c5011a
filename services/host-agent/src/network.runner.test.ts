import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Refusal, type HostNetwork, type HostNetworkRecord } from '@virtbus/contracts';
import { FakeHost, FakeLinks } from './links/fake-links.js';
import { LinkError } from './links/link-error.js';
import type { NetworkFacts } from './core/network-facts.js';
import { NetworkRunner, type KeptNetwork } from './network.runner.js';
import type { NetworkListener } from './ports.js';

const uuid = '81ff0d90-c91e-6742-64da-4a736edb9a9b';
const plan = (more: Partial<HostNetwork> = {}): HostNetwork => ({
  uuid,
  name: 'lab',
  activation: 1,
  bridge: 'virbr0',
  forwarding: { mode: 'none' },
  settings: { mac: '52:54:00:aa:bb:cc', stp: true, delaySeconds: 0, addresses: [{ family: 'ipv4', address: '10.7.0.1', prefix: 24 }] },
  dnsmasq: { options: ['strict-order'], hosts: [], names: [] },
  ...more,
});
const facts: NetworkFacts = {
  ports: [
    { mac: '52:54:00:00:00:01', hostId: 'a', domainName: 'one', addresses: [{ family: 'ipv4', address: '10.7.0.11' }] },
    { mac: '52:54:00:00:00:02', hostId: 'b', domainName: 'two', addresses: [{ family: 'ipv4', address: '10.7.0.12' }] },
  ],
  hosts: [
    { hostId: 'a', tunnelAddress: '192.0.2.1' },
    { hostId: 'b', tunnelAddress: '192.0.2.2' },
  ],
};

let host: FakeHost;
let kept: Map<string, KeptNetwork>;
let listeners: Map<string, NetworkListener>;
let reported: HostNetworkRecord[];
let decided: HostNetwork | undefined;
/** The newest activation that netd knows of. */
let known: number;
const shaped: string[] = [];
const floors = new Map<number, string>();
const log = { log: vi.fn(), warn: vi.fn(), error: vi.fn() };

function newRunner(links = new FakeLinks(host)): NetworkRunner {
  listeners = new Map();
  return new NetworkRunner({
    hostId: 'a',
    tunnelAddress: '192.0.2.1',
    links,
    shaping: {
      shapeBridge: async (bridge, { inbound }) => void shaped.push(`${bridge} ${inbound?.rate}`),
      unshape: async () => undefined,
      addFloor: (bridge, { minor, mac, rate }) => void floors.set(minor, `${bridge} ${mac} ${rate}`),
      removeFloor: (_, minor) => void floors.delete(minor),
      hasFloor: (_, { minor }) => floors.has(minor),
    },
    store: {
      write: async (key, value) => void kept.set(key, value),
      remove: async (key) => void kept.delete(key),
      readAll: async () => ({ values: [...kept.values()], unreadable: [] }),
    },
    reports: {
      domainState: async () => undefined,
      domainEvent: async () => undefined,
      rxFilterChanged: async () => undefined,
      hasNetwork: async (record) => void reported.push(record),
      lostNetwork: async () => undefined,
    },
    netd: {
      plan: async (_, has) => (has !== undefined && has > known ? Promise.reject(new Refusal('no_network', 'Network not found')) : decided),
    },
    facts: {
      follow: (network, listener) => {
        listeners.set(network, listener);
        return async () => void listeners.delete(network);
      },
    },
    pathsOf: () => ({ pidFile: '/p', hostsFile: '/h', addnHostsFile: '/a', leaseFile: '/l' }),
    log,
  });
}

const dnsmasq = () => host.dnsmasqs.get('lab')?.plan;

beforeEach(() => {
  [host, kept, reported, decided, known] = [new FakeHost(), new Map(), [], plan(), 1];
  vi.clearAllMocks();
});

describe('a network of this host', () => {
  test('follows its ports: leases of its own, names of all', async () => {
    const runner = newRunner();
    await runner.ensure(plan());
    expect(dnsmasq()?.hostsText).toBe('');
    listeners.get(uuid)?.facts(facts);
    await vi.waitFor(() => expect(dnsmasq()?.hostsText).toBe('52:54:00:00:00:01,10.7.0.11\n'));
    expect(dnsmasq()?.addnHostsText).toBe('10.7.0.11\tone\n10.7.0.12\ttwo\n');
    await vi.waitFor(() => expect(kept.get(uuid)?.facts).toEqual(facts));
  });

  test('is as it was after a restart without anybody to ask', async () => {
    await newRunner().ensure(plan());
    listeners.get(uuid)?.facts(facts);
    await vi.waitFor(() => expect(kept.get(uuid)?.facts).toEqual(facts));
    host.dnsmasqs.clear();
    await newRunner().restore();
    expect(dnsmasq()?.hostsText).toBe('52:54:00:00:00:01,10.7.0.11\n');
  });

  test('is what netd decides now, once it is said to have changed', async () => {
    const runner = newRunner();
    await runner.ensure(plan());
    decided = plan({ version: 2, dnsmasq: { options: ['strict-order'], hosts: ['52:54:00:00:00:09,10.7.0.9'], names: [] } });
    listeners.get(uuid)?.redefined();
    await vi.waitFor(() => expect(dnsmasq()?.hostsText).toBe('52:54:00:00:00:09,10.7.0.9\n'));
    await runner.ensure(plan({ version: 1 }));
    expect(dnsmasq()?.hostsText).toBe('52:54:00:00:00:09,10.7.0.9\n');
    decided = undefined;
    listeners.get(uuid)?.redefined();
    await vi.waitFor(() => expect(host.bridges.size).toBe(0));
    expect([kept.size, listeners.size]).toEqual([0, 0]);
  });

  test('stays as it is when netd knows nothing of it, or not of this activation, as when its record is lost', async () => {
    const runner = newRunner();
    await runner.ensure(plan());
    [decided, known] = [undefined, 0];
    await runner.reconcile();
    expect([host.bridges.size, host.dnsmasqs.size, kept.size]).toEqual([1, 1, 1]);
    expect(log.warn).toHaveBeenCalledExactlyOnceWith("network 'lab' stays as it is: Network not found");
  });

  test('has its bridge again, shaped, when somebody has taken it away, and that is said', async () => {
    const runner = newRunner();
    decided = plan({ bandwidth: { inbound: { average: 100 } } });
    await runner.ensure(decided);
    await runner.reconcile();
    expect(log.warn).not.toHaveBeenCalled();
    host.bridges.clear();
    shaped.length = 0;
    await runner.reconcile();
    expect([host.bridges.size, shaped]).toEqual([1, ['virbr0 100000']]);
    expect(log.warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('virbr0 was changed by somebody else'));
  });

  test('is there for a guest while it follows its ports, and is waited for while it goes', async () => {
    const links = new FakeLinks(host);
    const runner = newRunner(links);
    await runner.ensure(plan());
    let serve: () => void = () => undefined;
    const served = new Promise<void>((resolve) => (serve = resolve));
    const begun = vi.spyOn(links, 'ensureDnsmasq').mockImplementation(() => served.then(() => ({ pid: 1, action: 'none' })));
    listeners.get(uuid)?.facts(facts);
    await vi.waitFor(() => expect(begun).toHaveBeenCalled());
    await runner.ensure(plan());
    const done: string[] = [];
    const stopped = runner.stop(uuid, 1).then(() => done.push('stopped'));
    const ensured = runner.ensure(plan()).then(() => done.push('made again'));
    expect(done).toEqual([]);
    serve();
    await Promise.all([stopped, ensured]);
    expect([done, host.bridges.size]).toEqual([['stopped', 'made again'], 1]);
  });

  test('that spans hosts says where it is reached, and follows where everybody is', async () => {
    const runner = newRunner();
    await runner.ensure(plan({ overlay: { vni: 7, port: 4789 } }));
    expect(reported).toMatchObject([{ tunnelAddress: '192.0.2.1' }]);
    expect(host.overlays.get(7)?.remote).toEqual([]);
    listeners.get(uuid)?.facts(facts);
    await vi.waitFor(() => expect(host.overlays.get(7)?.remote).toEqual([{ mac: '52:54:00:00:00:02', via: '192.0.2.2' }]));
    await runner.stop(uuid, 1);
    expect([host.overlays.size, host.bridges.size]).toEqual([0, 0]);
  });

  test('whose tunnels cannot be made is not there', async () => {
    const links = new FakeLinks(host);
    links.failures.set('ensureOverlay', new LinkError('system', 'no'));
    await expect(newRunner(links).ensure(plan({ overlay: { vni: 7, port: 4789 } }))).rejects.toThrow('no');
    expect([host.bridges.size, kept.size, listeners.size]).toEqual([0, 0, 0]);
  });

  test('goes on following when one change could not be made', async () => {
    const links = new FakeLinks(host);
    await newRunner(links).ensure(plan({ overlay: { vni: 7, port: 4789 } }));
    links.failures.set('ensureOverlay', new LinkError('system', 'no'));
    listeners.get(uuid)?.facts({ ...facts, ports: [] });
    await vi.waitFor(() => expect(log.error).toHaveBeenCalled());
    listeners.get(uuid)?.facts(facts);
    await vi.waitFor(() => expect(host.overlays.get(7)?.remote).toHaveLength(1));
  });
});

describe('a network that a port is to be plugged into', () => {
  const foreign = plan({ bridge: 'br0', forwarding: { mode: 'bridge' }, macTableManager: 'libvirt' });
  const { settings: _settings, dnsmasq: _dnsmasq, ...bridged } = foreign;

  test('is there from then on, also when somebody has taken its bridge away meanwhile', async () => {
    const runner = newRunner();
    await runner.have(uuid);
    expect([[...host.bridges.keys()], reported.map(({ bridge }) => bridge)]).toEqual([['virbr0'], ['virbr0']]);
    host.bridges.clear();
    await runner.have(uuid);
    expect([...host.bridges.keys()]).toEqual(['virbr0']);
  });

  test.each<[string, HostNetwork | undefined, string]>([
    ['is not active', undefined, 'operation_invalid'],
    ['names a bridge that the host does not have', { ...bridged, macTableManager: 'kernel' }, 'system_error'],
  ])('that %s is refused', async (_, wanted, code) => {
    decided = wanted;
    await expect(newRunner().have(uuid)).rejects.toMatchObject({ code });
  });

  test("is there when the bridge is the host's own", async () => {
    host.bridges.set('br0', { name: 'br0' } as never);
    decided = bridged;
    await newRunner().have(uuid);
  });
});

describe('floors of ports that were made by hand', () => {
  const mac = '52:54:00:00:00:05';
  const floor = { minor: 3, rate: 5000, quantum: 1 };
  const hand = { mac, hostId: 'a', domainName: '', byHand: true, floor } as const;
  const hear = (...ports: NetworkFacts['ports']) => listeners.get(uuid)?.facts({ ports, hosts: [] });
  beforeEach(() => floors.clear());

  test.each<[string, NetworkFacts['ports'][number], string[]]>([
    ['of this host are kept by its bridge', hand, [`virbr0 ${mac} 5000`]],
    ['of other hosts are not', { ...hand, hostId: 'b' }, []],
    ['of interfaces are those of their links', { mac, hostId: 'a', domainName: 'one', floor }, []],
  ])('%s', async (_, port, expected) => {
    await newRunner().ensure(plan());
    hear(port);
    await vi.waitFor(() => expect(kept.get(uuid)?.facts?.ports).toHaveLength(1));
    expect([...floors.values()]).toEqual(expected);
  });

  test('go with the port, also when that was while the agent was away', async () => {
    await newRunner().ensure(plan());
    hear(hand);
    await vi.waitFor(() => expect(kept.get(uuid)?.facts?.ports).toHaveLength(1));
    await newRunner().restore();
    hear();
    await vi.waitFor(() => expect(floors.size).toBe(0));
  });

  test('that have gone over to a guest stay', async () => {
    await newRunner().ensure(plan());
    hear(hand);
    await vi.waitFor(() => expect(floors.size).toBe(1));
    hear({ mac: '52:54:00:00:00:06', hostId: 'a', domainName: 'one', floor });
    await vi.waitFor(() => expect(kept.get(uuid)?.facts?.ports[0]?.domainName).toBe('one'));
    expect(floors.size).toBe(1);
  });
});
