import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Refusal } from '@virtbus/contracts';
import { LinkError } from './links/link-error.js';
import { LaunchFailed } from './qemu/qemu.js';
import { codeOf, mac, order, portOf, TestWorld, uuid, xml } from './test-world.js';

let world: TestWorld;
let { host, links, qemus, journal, told, runner } = new TestWorld();
beforeEach(() => {
  world = new TestWorld();
  ({ host, links, qemus, journal, told, runner } = world);
});

function restart(): void {
  runner = world.restart();
}

const guest = () => world.guest();
const last = () => world.last();
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
    [
      'the disk does not take the journal',
      () => vi.spyOn(journal, 'begin').mockRejectedValue(new Refusal('system_error', 'no space left on device')),
      'system_error',
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
    expect([host.taps.size, journal.values.size, world.released.length, qemus.running.size]).toEqual([0, 0, 1, 0]);
    expect(last()).toMatchObject({ state: 'shutoff', reason: 'failed', epoch: 1 });
    expect(told).toEqual(['stopped failed']);
  });

  test('has QEMU come up while the disk takes the journal, and runs the guest when it has', async () => {
    let take: () => void = () => undefined;
    const taken = new Promise<void>((resolve) => (take = resolve));
    vi.spyOn(journal, 'begin').mockImplementation(() => taken);
    const started = runner.start(order(), 'one');
    await vi.waitFor(() => expect(guest().executed).toBeDefined());
    await new Promise(setImmediate);
    expect([guest().executed.includes('cont'), host.taps.get('vnet0')?.forwarding.size]).toEqual([false, 0]);
    take();
    await started;
    expect(guest().executed).toContain('cont');
  });

  test('for KVM is refused where it does not work', async () => {
    expect(await codeOf(runner.start(order({ xml: xml.replace("type='qemu'", "type='kvm'") }), 'one'))).toBe('config_unsupported');
  });
});

describe('start of a guest like one before', () => {
  const other = '52:54:00:00:00:02';
  const again = () => runner.start(order({ epoch: 2, xml: xml.replace(mac, other) }), 'two');
  let answer: () => void = () => undefined;
  beforeEach(async () => {
    await runner.start(order(), 'one');
    await runner.perform('destroy', { uuid, name: 'demo', epoch: 1 });
    await whenGone();
    world.released.length = 0;
    world.answering = new Promise((resolve) => (answer = resolve));
  });
  const plugged = () => vi.waitFor(() => expect([...host.taps.keys()]).toEqual(['vnet1']));

  test('has its tap before netd answers, and QEMU and forwarding only then', async () => {
    const started = again();
    await plugged();
    expect([qemus.running.size, host.taps.get('vnet1')?.forwarding.size, journal.values.size]).toEqual([0, 0, 0]);
    answer();
    await started;
    expect([...(host.taps.get('vnet1')?.forwarding ?? [])]).toEqual([other]);
    expect(journal.values.get(uuid)?.interfaces).toMatchObject([{ mac: other, target: 'vnet1', port: { mac: other } }]);
  });

  test('has another tap when netd answers otherwise', async () => {
    const started = again();
    await plugged();
    world.grant = (wish) => portOf(wish, { isolated: true });
    answer();
    await started;
    expect([...host.taps].map(([name, { isolated }]) => [name, isolated])).toEqual([['vnet2', true]]);
  });

  test('leaves nothing when netd refuses', async () => {
    const started = codeOf(again());
    await plugged();
    world.grant = () => {
      throw new Refusal('mac_in_use', 'somebody has it');
    };
    answer();
    expect(await started).toBe('mac_in_use');
    expect([host.taps.size, qemus.running.size, journal.values.size]).toEqual([0, 0, 0]);
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
    told.length = 0;
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
    expect([host.taps.size, journal.values.size, world.released.length]).toEqual([0, 0, 1]);
  });

  describe('on a host whose disk is full', () => {
    const full = () => vi.spyOn(journal, 'write').mockRejectedValue(new Error('ENOSPC: no space left on device, write'));

    test('is suspended, but that cannot be kept; once it can, it is as if it always had been', async () => {
      const disk = full();
      await expect(runner.perform('suspend', placed)).rejects.toMatchObject({
        code: 'system_error',
        message: "what has become of domain 'demo' cannot be kept on its host: ENOSPC: no space left on device, write",
      });
      expect(last().state).toBe('paused');
      disk.mockRestore();
      await runner.perform('suspend', placed);
      expect(journal.values.get(uuid)?.state).toBe('paused');
      await runner.perform('resume', placed);
      expect([last().state, journal.values.get(uuid)?.state, told]).toEqual([
        'running',
        'running',
        ['suspended paused', 'resumed unpaused'],
      ]);
    });

    test('is found again, and obeys', async () => {
      const disk = full();
      restart();
      await runner.restore();
      disk.mockRestore();
      await runner.perform('suspend', placed);
      expect([last().state, qemus.running.size]).toEqual(['paused', 1]);
    });

    test('is taken away when it ends', async () => {
      full();
      await runner.perform('destroy', placed);
      expect(last()).toMatchObject({ state: 'shutoff', reason: 'destroyed' });
      expect([host.taps.size, journal.values.size, world.released.length]).toEqual([0, 0, 1]);
    });
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
    expect(told).toEqual(['controlerror monitor']);
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
  const placed = { uuid, name: 'demo', epoch: 1 };
  beforeEach(async () => {
    await runner.start(order(), 'one');
    told.length = 0;
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
    guest().runState = 'prelaunch';
    host.taps.set('vnet0', { ...host.taps.get('vnet0')!, bridge: 'elsewhere' });
    restart();
    await runner.restore();
    expect(guest().executed).toContain('cont');
    expect(host.taps.get('vnet0')?.bridge).toBe('virbr0');
    expect([last().state, last().reason, told]).toEqual(['running', 'booted', ['resumed unpaused', 'started booted']]);
  });

  describe('a start that was cut short and cannot go on', () => {
    const other = 'c7a5fdbd-edaf-9455-926a-d65c16db1810';
    beforeEach(async () => {
      await runner.start(order({ uuid: other, name: 'other', xml: xml.replace(uuid, other).replace(mac, '52:54:00:00:00:02') }), 'other');
      const entry = journal.values.get(uuid)!;
      journal.values.set(uuid, { ...entry, state: 'paused', reason: 'starting-up' });
      told.length = 0;
      world.restart();
      ({ links, runner } = world);
      links.failures.set('startForwarding', new LinkError('system', 'no such device'));
    });

    test('is taken back without a word, and begins anew when its command comes again', async () => {
      guest().runState = 'prelaunch';
      await runner.restore();
      expect([[...qemus.running.keys()], [...journal.values.keys()], world.released, told]).toEqual([[other], [other], [[mac]], []]);
      expect(world.states.at(-1)).toMatchObject({ uuid: other, state: 'running' });
      await runner.start(order(), 'one');
      expect(told).toEqual(['resumed unpaused', 'started booted']);
    });

    test('leaves a guest alone that runs already', async () => {
      await runner.restore();
      expect([qemus.running.size, journal.values.get(uuid)?.state]).toEqual([2, 'running']);
    });
  });

  test('a guest that cannot be found again keeps no other from it', async () => {
    vi.spyOn(qemus, 'adopt').mockRejectedValueOnce(new Error('a bug'));
    restart();
    await runner.restore();
    expect([qemus.running.size, journal.values.size]).toEqual([1, 1]);
  });

  describe('a guest that does not answer', () => {
    beforeEach(async () => {
      const process = { ...guest().asRunning() };
      vi.spyOn(qemus, 'adopt').mockResolvedValue({ type: 'unresponsive', reason: 'no_answer', process });
      restart();
      await runner.restore();
    });

    test('stays, and orders for it say so', async () => {
      expect(await codeOf(runner.perform('suspend', placed))).toBe('qemu_failed');
      expect([journal.values.size, host.taps.size]).toEqual([1, 1]);
    });

    test('is destroyed all the same, by an order of its placement', async () => {
      expect(await codeOf(runner.perform('destroy', { ...placed, epoch: 0 }))).toBe('stale_epoch');
      await runner.perform('destroy', placed);
      expect([last().reason, told, host.taps.size, journal.values.size, qemus.running.size]).toEqual([
        'destroyed',
        ['stopped destroyed'],
        0,
        0,
        0,
      ]);
      expect(world.released).toEqual([[mac]]);
    });
  });

  describe('a guest whose record is lost', () => {
    beforeEach(async () => {
      journal.values.clear();
      restart();
      await runner.restore();
    });

    test('is neither started again nor taken for absent, and orders for it say what to do', async () => {
      expect(await codeOf(runner.start(order({ epoch: 2 }), 'two'))).toBe('qemu_failed');
      await expect(runner.perform('suspend', placed)).rejects.toThrow(
        "QEMU of domain 'demo' runs (pid 101), but no record of it can be read on host 'host-a': destroy the domain, and start it again",
      );
      expect([qemus.launched.length, told, last().state]).toEqual([1, [], 'running']);
    });

    test('is destroyed, and starts again', async () => {
      await runner.perform('destroy', placed);
      expect([last().state, last().reason, told, qemus.running.size, journal.values.size]).toEqual([
        'shutoff',
        'destroyed',
        ['stopped destroyed'],
        0,
        0,
      ]);
      expect(world.kept).toEqual([[]]);
      await runner.start(order({ epoch: 2 }), 'two');
      expect(last().state).toBe('running');
    });

    test('that ends is absent', async () => {
      guest().end();
      await vi.waitFor(async () => expect(await codeOf(runner.perform('suspend', placed))).toBe('operation_invalid'));
    });
  });
});
