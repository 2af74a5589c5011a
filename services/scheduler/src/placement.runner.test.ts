import { beforeEach, describe, expect, test } from 'vitest';
import {
  Refusal,
  type DiskDemand,
  type DomainRecord,
  type DomainState,
  type HostClaims,
  type Placement,
  type PoolDemand,
} from '@virtbus/contracts';
import type { Host } from './core/host.js';
import { PlacementRunner } from './placement.runner.js';
import type { At, Decisions, Facts } from './ports.js';

const uuid = (n: number) => `00000000-0000-0000-0000-00000000000${n}`;
const record = (n: number, memoryMiB = 100): DomainRecord => ({
  uuid: uuid(n),
  name: `d${n}`,
  xml: '<domain/>',
  persistent: true,
  autostart: false,
  demand: { type: 'qemu', arch: 'x86_64', memoryMiB, vcpus: 1 },
  memoryKiB: 1024,
  maxMemoryKiB: 1024,
});

/** A fleet's facts in memory, with revisions as the bus has them; schedulers share it and race on it. */
class World implements Facts, Decisions {
  readonly records = new Map([1, 2, 3].map((n) => [`d${n}`, record(n)]));
  readonly placed = new Map<string, At<Placement>>();
  readonly states = new Map<string, DomainState>();
  readonly claims = new Map<string, HostClaims>();
  private revision = 0;
  /** Happens once, between the decision and its write. */
  meanwhile: (() => void) | undefined;

  constructor(private readonly sizes: Readonly<Record<string, number>>) {}

  async findDomain(reference: string) {
    return this.records.get(reference) ?? [...this.records.values()].find((each) => each.uuid === reference);
  }
  async placement(id: string) {
    return this.placed.get(id);
  }
  placements() {
    return [...this.placed.values()].map((entry) => entry.value);
  }
  async state(id: string) {
    return this.states.get(id);
  }
  /** What each network lends. */
  lending: Readonly<Record<string, PoolDemand>> = {};
  async pools(networks: readonly string[]) {
    return networks.flatMap((name) => this.lending[name] ?? []);
  }
  /** Which hosts have a volume. */
  volumes: Readonly<Record<string, string[]>> = {};
  async disks(disks: readonly DiskDemand[]) {
    return disks.map(({ pool = '', volume = '' }) => ({ pool, volume, hostIds: this.volumes[volume] ?? [] }));
  }
  hosts(): Host[] {
    return Object.entries(this.sizes).map(([id, memoryMiB]) => ({
      id,
      alive: true,
      cordoned: false,
      arch: 'x86_64',
      kvm: false,
      emulator: '',
      cpus: 8,
      memoryMiB,
      claims: this.claims.get(id)?.claims ?? [],
      devices: { links: ['eth0'], physicalFunctions: [] },
    }));
  }
  async changeClaims(hostId: string, change: (claims: HostClaims) => HostClaims | undefined) {
    const happens = this.meanwhile;
    this.meanwhile = undefined;
    if (happens) {
      happens();
      return 'conflict' as const;
    }
    const value = change(this.claims.get(hostId) ?? { hostId, claims: [] });
    if (!value) return 'given_up' as const;
    this.claims.set(hostId, value);
    return 'changed' as const;
  }
  /** Happens once, behind the write of a placement. */
  after: (() => void) | undefined;
  async place(placement: Placement, revision: number) {
    if ((this.placed.get(placement.uuid)?.revision ?? 0) !== revision) return undefined;
    this.placed.set(placement.uuid, { value: placement, revision: (this.revision += 1) });
    const [written, happens] = [this.revision, this.after];
    this.after = undefined;
    happens?.();
    return written;
  }
  claimed(): string[] {
    return [...this.claims.values()]
      .flatMap(({ hostId, claims }) => claims.map((claim) => `${hostId}:${claim.uuid.at(-1)}@${claim.epoch}`))
      .toSorted();
  }
}

let world: World;
let runner: PlacementRunner;
beforeEach(() => {
  world = new World({ a: 150 });
  runner = new PlacementRunner(world, world);
});
const codeOf = (act: Promise<unknown>) =>
  act.then(
    () => 'nothing was refused',
    (thrown: unknown) => (thrown instanceof Refusal ? thrown.code : thrown),
  );
const shutoff = (n: number, epoch: number): DomainState => ({
  uuid: uuid(n),
  name: `d${n}`,
  hostId: 'a',
  epoch,
  state: 'shutoff',
  reason: 'shutdown',
  since: '2026-11-21T10:00:00Z',
  interfaces: [],
});

describe('a guest whose placement is lost', () => {
  const told = { ...shutoff(1, 3), hostId: 'b', state: 'running' } as const;
  beforeEach(() => world.states.set(uuid(1), told));

  test('is not placed a second time', async () => {
    expect(await codeOf(runner.start('d1', 'one'))).toBe('operation_invalid');
    expect([world.placed.size, world.claimed()]).toEqual([0, []]);
  });

  test('is commanded where its host says that it is, at the placement that the host knows', async () => {
    expect((await runner.active('d1')).placement).toMatchObject({ hostId: 'b', epoch: 3 });
  });

  test('is placed above all that its host has seen once it has ended', async () => {
    world.states.set(uuid(1), shutoff(1, 3));
    await runner.release(uuid(1), 3);
    expect(await codeOf(runner.active('d1'))).toBe('operation_invalid');
    expect((await runner.start('d1', 'one')).placement).toMatchObject({ hostId: 'a', epoch: 4 });
  });
});

describe('start', () => {
  test('claims, then places; the revision is the id', async () => {
    expect(await runner.start('d1', 'one')).toMatchObject({ id: 1, fresh: true, placement: { hostId: 'a', epoch: 1, commandId: 'one' } });
    expect(world.claimed()).toEqual(['a:1@1']);
  });

  test('delivered twice, places once', async () => {
    await runner.start('d1', 'one');
    expect(await runner.start('d1', 'one')).toMatchObject({ id: 1, fresh: false });
    expect(world.claimed()).toEqual(['a:1@1']);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['what nobody defined', () => runner.start('nope', 'x'), 'no_domain'],
    ['what runs', () => runner.start('d1', 'another'), 'operation_invalid'],
    ['what does not fit any more', () => runner.start('d2', 'x'), 'unschedulable'],
  ])('refuses %s', async (_, act, code) => {
    await runner.start('d1', 'one');
    expect(await codeOf(act())).toBe(code);
    expect(world.claimed()).toEqual(['a:1@1']);
  });

  test('says KVM in libvirt’s words when that alone is in the way', async () => {
    world.records.set('k', { ...record(3), demand: { ...record(3).demand, type: 'kvm' } });
    expect(await codeOf(runner.start('k', 'x'))).toBe('config_unsupported');
  });

  test('decides again when another scheduler took the memory meanwhile', async () => {
    world.meanwhile = () => world.claims.set('a', { hostId: 'a', claims: [{ uuid: uuid(2), epoch: 1, demand: record(2).demand }] });
    expect(await codeOf(runner.start('d1', 'one'))).toBe('unschedulable');
    expect(world.claimed()).toEqual(['a:2@1']);
  });

  test('gives the claim back when another scheduler placed the domain meanwhile', async () => {
    const place = world.place.bind(world);
    world.place = async (placement, revision) => {
      world.place = place;
      await place({ uuid: uuid(1), epoch: 1, hostId: 'b', commandId: 'other' }, 0);
      return place(placement, revision);
    };
    expect(await codeOf(runner.start('d1', 'one'))).toBe('operation_invalid');
    expect(world.claimed()).toEqual([]);
  });

  test('a domain that has ended, but is not yet freed, starts anew at the next epoch', async () => {
    await runner.start('d1', 'one');
    world.states.set(uuid(1), shutoff(1, 1));
    expect(await runner.start('d1', 'two')).toMatchObject({ placement: { epoch: 2 }, id: 2 });
    expect(world.claimed()).toEqual(['a:1@2']);
  });
});

/** What whoever names a domain anew does, and where it finds itself when it looks for a placement afterwards. */
function rename(to: string): void {
  const [[key, before] = []] = [...world.records].filter(([, each]) => each.uuid === uuid(1));
  if (key === undefined || !before) throw new Error('there is no such domain');
  world.records.delete(key);
  world.records.set(to, { ...before, name: to, xml: `<domain><name>${to}</name></domain>` });
}

describe('a start and a rename', () => {
  test('of one moment: the guest has the name that the domain has when it is placed', async () => {
    world.meanwhile = () => rename('new');
    expect(await runner.start('d1', 'one')).toMatchObject({ record: { name: 'new' }, placement: { name: 'new', epoch: 1 } });
    expect(world.claimed()).toEqual(['a:1@1']);
  });

  test('that comes behind the placement: it is undone, and made again with what is so then', async () => {
    world.after = () => rename('new');
    expect(await runner.start('d1', 'one')).toMatchObject({ record: { name: 'new' }, placement: { name: 'new', epoch: 2 } });
    expect(world.claimed()).toEqual(['a:1@2']);
  });

  test('that is taken back behind the placement: the guest has the old name', async () => {
    world.meanwhile = () => rename('new');
    world.after = () => rename('d1');
    expect(await runner.start('d1', 'one')).toMatchObject({ record: { name: 'd1' }, placement: { name: 'd1' } });
  });

  test('that goes on for ever is a bug that is told, and holds nothing', async () => {
    const place = world.place.bind(world);
    let count = 0;
    world.place = async (placement, revision) => {
      const written = await place(placement, revision);
      if (placement.hostId !== undefined) rename(`n${(count += 1)}`);
      return written;
    };
    expect(String(await codeOf(runner.start('d1', 'one')))).toContain('contended');
    expect(world.claimed()).toEqual([]);
    expect(world.placed.get(uuid(1))?.value.hostId).toBeUndefined();
  });

  test('that comes while the start is delivered again is not told to the host as it is half-way', async () => {
    await runner.start('d1', 'one');
    rename('new');
    expect(String(await codeOf(runner.start(uuid(1), 'one')))).toContain('contended');
    rename('d1');
    expect(await runner.start(uuid(1), 'one')).toMatchObject({ record: { name: 'd1' }, fresh: false });
  });

  test('whose domain is undefined meanwhile is refused, and holds nothing', async () => {
    world.after = () => void world.records.delete('d1');
    expect(await codeOf(runner.start('d1', 'one'))).toBe('no_domain');
    expect(world.claimed()).toEqual([]);
  });
});

describe('release', () => {
  test('frees placement and claim, and repeats harmlessly', async () => {
    await runner.start('d1', 'one');
    await runner.release(uuid(1), 1);
    await runner.release(uuid(1), 1);
    expect([world.claimed(), world.placed.get(uuid(1))?.value]).toEqual([[], { uuid: uuid(1), epoch: 1, commandId: 'one' }]);
  });

  test('of an older epoch leaves the newer placement alone', async () => {
    await runner.start('d1', 'one');
    world.states.set(uuid(1), shutoff(1, 1));
    await runner.start('d1', 'two');
    await runner.release(uuid(1), 1);
    expect(world.claimed()).toEqual(['a:1@2']);
  });

  test('of a start that its host never began', async () => {
    await runner.start('d1', 'one');
    await runner.neverBegun('another');
    expect(world.claimed()).toEqual(['a:1@1']);
    await runner.neverBegun('one');
    expect(world.claimed()).toEqual([]);
  });

  test('but not of one that was begun, and came again too late', async () => {
    await runner.start('d1', 'one');
    world.states.set(uuid(1), { ...shutoff(1, 1), state: 'running' });
    await runner.neverBegun('one');
    expect(world.claimed()).toEqual(['a:1@1']);
  });
});

test('any number of schedulers never claim more than a host has', async () => {
  world = new World({ a: 250 });
  const schedulers = [1, 2, 3].map(() => new PlacementRunner(world, world));
  const answers = await Promise.all(schedulers.map((scheduler, n) => codeOf(scheduler.start(`d${n + 1}`, `c${n}`))));
  expect(answers.toSorted((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual([
    'nothing was refused',
    'nothing was refused',
    'unschedulable',
  ]);
  expect(world.claimed()).toHaveLength(2);
});

test('the last device that a network lends goes to one domain, and comes back with its stop', async () => {
  const fleet = new World({ a: 4096 });
  fleet.lending = { pt: { network: 'pt', mode: 'passthrough', exclusive: true, count: 1, links: ['eth0', 'gone'] } };
  for (const n of [1, 2]) fleet.records.set(`d${n}`, { ...record(n), demand: { ...record(n).demand, networks: ['pt'] } });
  const scheduler = new PlacementRunner(fleet, fleet);
  const { placement } = await scheduler.start('d1', 'start-1');
  await expect(scheduler.start('d2', 'start-2')).rejects.toMatchObject({
    code: 'unschedulable',
    message: expect.stringContaining("0 of 1 devices of network 'pt' are free, 1 are wanted"),
  });
  await scheduler.release(uuid(1), placement.epoch);
  expect((await scheduler.start('d2', 'start-3')).placement.hostId).toBe('a');
});
