import { beforeEach, describe, expect, test } from 'vitest';
import { Refusal, type BindingRecord } from '@virtbus/contracts';
import { LinkError } from '../links/link-error.js';
import { FilterBindings, type KeptBinding } from './filter-bindings.js';
import type { LinkIdentity } from './bound-links.js';
import type { FilteredLink } from './link-filters.js';

const mac = '52:54:00:00:01:77';
const owner = '9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f001';
const xmlOf = (portDev: string): string =>
  `<filterbinding><owner><name>box</name><uuid>${owner}</uuid></owner><portdev name='${portDev}'/><mac address='${mac}'/><filterref filter='mine'/></filterbinding>`;
const order = (portDev: string, by = 'first') => ({ portDev, xml: xmlOf(portDev), by });

/** What outlives an agent: the kernel, the disk, the bucket. Steps are noted; one that is named fails, as often as it says. */
class Host {
  readonly links = new Map<string, LinkIdentity>();
  readonly rules = new Map<string, string>();
  readonly disk = new Map<string, KeptBinding>();
  readonly bucket = new Map<string, BindingRecord>();
  readonly interfaces = new Set<string>();
  readonly steps: string[] = [];
  failing = new Map<string, { readonly error: Error; readonly times: number }>();
  listener: (index?: number) => void = () => undefined;
  private nextIndex = 10;
  private nextUuid = 0;
  private worn = new Map<string, FilteredLink['of']>();

  addLink(name: string, boot = 'this'): void {
    this.links.set(name, { index: (this.nextIndex += 1), boot });
  }

  step(name: string, portDev: string, act: () => void): void {
    this.steps.push(`${name} ${portDev}`);
    const failure = this.failing.get(name);
    if (!failure || failure.times === 0) return act();
    this.failing.set(name, { ...failure, times: failure.times - 1 });
    throw failure.error;
  }

  /** Another agent, that knows what is on the disk. */
  async agent(): Promise<FilterBindings> {
    this.worn = new Map([...this.interfaces].map((name) => [name, 'interface']));
    const bindings = new FilterBindings({
      hostId: 'host-a',
      filters: {
        apply: async ({ link, ref, of }) => {
          this.step('filter', link, () => this.rules.set(link, ref.filter));
          this.worn.set(link, of);
        },
        remove: async (link) => {
          this.worn.delete(link);
          this.step('unfilter', link, () => this.rules.delete(link));
        },
        reconcile: async ({ link, ref, of }) => {
          this.worn.set(link, of);
          const was = this.rules.get(link);
          this.step('reconcile', link, () => this.rules.set(link, ref.filter));
          return was !== ref.filter;
        },
        holderOf: (link) => this.worn.get(link),
      },
      source: { reached: async (revision) => void (revision > 0 && this.steps.push(`filters ${revision}`)) },
      links: {
        identityOf: (name) => this.links.get(name),
        has: (name, { index, boot }) => boot === 'this' && this.links.get(name)?.index === index,
        watch: (listener) => {
          this.listener = listener;
          return { close: () => undefined };
        },
      },
      store: {
        write: async (key, value) => this.step(value.stage ?? 'settled', value.portDev, () => this.disk.set(key, value)),
        begin: () => Promise.reject(new Error('nothing is begun')),
        remove: async (key) => void this.disk.delete(key),
        readAll: async () => ({ values: [...this.disk.values()], unreadable: [] }),
      },
      facts: {
        told: () => [...this.bucket.keys()],
        has: async (record) => {
          this.step('tell', record.portDev, () => this.bucket.set(record.portDev, record));
          return 7;
        },
        lost: async (portDev) => this.step('untell', portDev, () => this.bucket.delete(portDev)),
      },
      newUuid: () => `uuid-${(this.nextUuid += 1)}`,
      log: { log: () => undefined, warn: (words) => void this.said.push(words), error: (words) => void this.said.push(words) },
    });
    await bindings.restore();
    return bindings;
  }
  readonly said: string[] = [];

  left(): object {
    const { rules, disk, bucket } = this;
    return { rules: [...rules.keys()], disk: [...disk.values()].map(({ portDev, stage }) => [portDev, stage]), bucket: [...bucket.keys()] };
  }
}

const nothing = { rules: [], disk: [], bucket: [] };
const all = (portDev: string) => ({ rules: [portDev], disk: [[portDev, undefined]], bucket: [portDev] });

let host: Host;
let bindings: FilterBindings;
beforeEach(async () => {
  host = new Host();
  host.addLink('veth0');
  bindings = await host.agent();
});

async function refused(answer: Promise<unknown>): Promise<string> {
  const thrown: unknown = await answer.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof Refusal)) throw new Error('nothing was refused', { cause: thrown });
  return `${thrown.code} ${thrown.libvirt} ${thrown.domain} ${thrown.message}`;
}

describe('a binding', () => {
  test('is on the disk before there are rules, and told before it is answered', async () => {
    expect(await bindings.make(order('veth0'))).toEqual({ revision: 7 });
    expect(host.steps).toEqual(['making veth0', 'filter veth0', 'tell veth0', 'settled veth0']);
    expect(host.left()).toEqual(all('veth0'));
    const { uuid: domain, ...said } = { uuid: owner, filter: 'mine', mac, domainName: 'box' };
    expect(host.bucket.get('veth0')).toEqual({ hostId: 'host-a', portDev: 'veth0', domain, ...said, xml: xmlOf('veth0') });
  });

  test('waits for the filters that there were when it was asked for', async () => {
    await bindings.make({ ...order('veth0'), filters: 5 });
    expect(host.steps.slice(0, 2)).toEqual(['filters 5', 'making veth0']);
    expect([...host.disk.values()][0]).not.toHaveProperty('filters');
  });

  test('is forgotten only once its rules are gone', async () => {
    await bindings.make(order('veth0'));
    host.steps.length = 0;
    expect(await bindings.remove('veth0')).toEqual({ revision: 0 });
    expect(host.steps).toEqual(['removing veth0', 'unfilter veth0', 'untell veth0']);
    expect(host.left()).toEqual(nothing);
  });

  test('that is ordered by the same command again is there already', async () => {
    await bindings.make(order('veth0'));
    expect(await bindings.make(order('veth0'))).toEqual({ revision: 7 });
    expect(await refused(bindings.make(order('veth0', 'second')))).toBe(
      "operation_failed 9 33 operation failed: binding 'veth0' already exists",
    );
  });
});

test.each<[string, () => Promise<unknown>, string]>([
  [
    'a link that is not there',
    () => bindings.make(order('veth9')),
    "operation_failed 9 33 operation failed: host 'host-a' has no link 'veth9'",
  ],
  [
    'a link that the filter of a guest has',
    () => bindings.make(order('vnet0')),
    "operation_failed 9 33 operation failed: binding 'vnet0' already exists",
  ],
  [
    'to take the filter off a guest',
    () => bindings.remove('vnet0'),
    "operation_invalid 55 33 Requested operation is not valid: the filter of 'vnet0' is that of a domain's interface: update the interface",
  ],
  [
    'to take off what is not there',
    () => bindings.remove('veth0'),
    "no_nwfilter_binding 101 33 Network filter binding not found: no nwfilter binding for port dev 'veth0'",
  ],
])('%s is refused, and nothing is done', async (_, act, words) => {
  host.addLink('vnet0');
  host.interfaces.add('vnet0');
  bindings = await host.agent();
  expect(await refused(act())).toBe(words);
  expect(host.left()).toEqual(nothing);
});

describe('a making that fails', () => {
  test.each<[string, Error, string]>([
    ['filter', new Refusal('no_nwfilter', 'no such filter', { libvirt: 1 }), 'no_nwfilter 1 33 no such filter'],
    ['filter', new LinkError('firewall_failed', 'nft says no'), 'system_error 1 10 internal error: nft says no'],
    ['tell', new Refusal('service_unreachable', 'nobody hears'), 'service_unreachable 38 0 nobody hears'],
  ])('at %s leaves nothing', async (step, error, words) => {
    host.failing.set(step, { error, times: 1 });
    expect(await refused(bindings.make(order('veth0')))).toBe(words);
    expect(host.left()).toEqual(nothing);
    await bindings.make(order('veth0', 'second'));
    expect(host.left()).toEqual(all('veth0'));
  });

  test('and cannot be taken back is taken back later', async () => {
    const error = new Error('the bus is away');
    host.failing.set('tell', { error, times: 1 }).set('untell', { error, times: 2 });
    await expect(bindings.make(order('veth0'))).rejects.toThrow('the bus is away');
    expect(host.left()).toEqual({ rules: [], disk: [['veth0', 'removing']], bucket: [] });
    await bindings.look();
    expect(host.said.join()).toContain('is not looked at');
    await bindings.look();
    expect(host.left()).toEqual(nothing);
  });
});

describe('another agent', () => {
  test('finds a binding, and looks whether its rules are as they were', async () => {
    await bindings.make(order('veth0'));
    host.rules.clear();
    host.bucket.clear();
    bindings = await host.agent();
    expect(host.left()).toEqual(all('veth0'));
    expect(host.said).toEqual(['the packet filter of veth0 was not as it should be']);
    expect(await refused(bindings.make(order('veth0', 'second')))).toContain('already exists');
  });

  test('looks after a binding that it cannot tell of yet, and tells of it later', async () => {
    await bindings.make(order('veth0'));
    host.rules.clear();
    host.bucket.clear();
    host.failing.set('tell', { error: new Error('the bus is away'), times: 1 });
    bindings = await host.agent();
    expect(host.left()).toEqual({ ...all('veth0'), bucket: [] });
    await bindings.look();
    await bindings.look();
    expect(host.left()).toEqual(all('veth0'));
    expect(host.steps.filter((step) => step === 'tell veth0')).toHaveLength(3);
  });

  test.each(['making', 'removing'] as const)('takes off what was being %s', async (stage) => {
    await bindings.make(order('veth0'));
    for (const [key, value] of host.disk) host.disk.set(key, { ...value, stage });
    await host.agent();
    expect(host.left()).toEqual(nothing);
  });

  test('takes back what was told of a binding that it does not have', async () => {
    await bindings.make(order('veth0'));
    host.disk.clear();
    host.rules.clear();
    await host.agent();
    expect(host.left()).toEqual(nothing);
  });

  test('leaves the rules that there are when its filter cannot be applied', async () => {
    await bindings.make(order('veth0'));
    host.failing.set('reconcile', { error: new Refusal('no_nwfilter', 'no such filter'), times: 1 });
    await host.agent();
    expect(host.left()).toEqual(all('veth0'));
    expect(host.said.join()).toContain('the filter of veth0 is not found again: it is as it was');
  });
});

describe('a link that is gone takes its filter along', () => {
  beforeEach(async () => {
    await bindings.make(order('veth0'));
    host.links.delete('veth0');
  });

  test('when the kernel tells of it', async () => {
    host.listener(11);
    await expect.poll(() => host.left()).toEqual(nothing);
  });

  test('when the kernel may have told of it', async () => {
    host.listener();
    await expect.poll(() => host.left()).toEqual(nothing);
  });

  test('when it is compared', async () => {
    await bindings.look();
    expect(host.left()).toEqual(nothing);
  });

  test('while no agent is there', async () => {
    await host.agent();
    expect(host.left()).toEqual(nothing);
  });

  test('though another one has its name', async () => {
    host.addLink('veth0');
    expect(await refused(bindings.remove('veth0'))).toContain('no_nwfilter_binding');
    expect(host.left()).toEqual(nothing);
    await bindings.make(order('veth0', 'second'));
    expect(host.left()).toEqual(all('veth0'));
  });

  test('and is there for a guest that gets its name', async () => {
    host.addLink('veth0');
    expect(await bindings.unlessBound('veth0', async () => host.left())).toEqual(nothing);
  });
});

test('every link is another one once the machine has started anew', async () => {
  await bindings.make(order('veth0'));
  for (const [key, value] of host.disk) host.disk.set(key, { ...value, link: { ...value.link, boot: 'before' } });
  await host.agent();
  expect(host.left()).toEqual(nothing);
});

test('a guest gets no filter on a link that has one by hand', async () => {
  await bindings.make(order('veth0'));
  expect(await refused(bindings.unlessBound('veth0', () => expect.unreachable()))).toContain("binding 'veth0' already exists");
});

test('other links are not looked at when one changes', async () => {
  await bindings.make(order('veth0'));
  host.steps.length = 0;
  host.links.delete('veth0');
  await bindings.look(99);
  expect(host.left()).toEqual(all('veth0'));
});
