import { remoteProcedures as remote, type TypedParam } from '@virtbus/libvirt-rpc';
import { describe, expect, test } from 'vitest';
import { domainRecord, domainState, TestGateway, uuidOf } from '../testing.js';

const xml = `<domain type='qemu'>
  <name>d1</name>
  <title>web</title>
  <metadata>
    <app:x xmlns:app="http://app/1">1</app:x>
  </metadata>
  <memory unit='KiB'>131072</memory>
  <currentMemory unit='KiB'>65536</currentMemory>
  <vcpu placement='static' current='1'>4</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <disk type='file'>
      <source file='/images/a.img'/>
      <target dev='vda' bus='virtio'/>
    </disk>
  </devices>
</domain>
`;

function running(): TestGateway {
  const gate = new TestGateway();
  gate.views.domains.put({ uuid: uuidOf(1) }, domainRecord(1, { xml }));
  gate.views.placements.put({ uuid: uuidOf(1) }, { uuid: uuidOf(1), epoch: 1, hostId: 'host-a', commandId: 'c' });
  gate.views.states.put({ uuid: uuidOf(1) }, domainState(1, { xml: xml.replace("current='1'", "current='2'").replace('65536', '98304') }));
  gate.views.domains.put({ uuid: uuidOf(2) }, domainRecord(2));
  return gate;
}

const dom = { name: 'd1', uuid: uuidOf(1), id: 101 };
const shutOff = { name: 'd2', uuid: uuidOf(2), id: -1 };

describe('sizes', () => {
  test('what runs shows what it has now', async () =>
    expect(await running().call(remote.domain_get_info, { dom })).toEqual({
      state: 1,
      maxMem: 131_072n,
      // What the balloon leaves it, which the definition need not know.
      memory: 65_000n,
      nrVirtCpu: 2,
      cpuTime: 7_000_000_000n,
    }));

  test.each([
    ['now', 0, 2],
    ['live', 1, 2],
    ['by definition', 2, 1],
    ['the most, by definition', 2 | 4, 4],
  ])('processors %s', async (_, flags, num) =>
    expect(await running().call(remote.domain_get_vcpus_flags, { dom, flags })).toEqual({ num }),
  );

  test.each([
    ['live', 1, { live: true }],
    ['in the definition', 2, { config: true }],
    ['both', 3, { live: true, config: true }],
    ['the most', 2 | 4, { config: true, maximum: true }],
    ['whichever there is', 0, {}],
  ])('memory is set %s', async (_, flags, more) => {
    const gate = running();
    await gate.call(remote.domain_set_memory_flags, { dom, memory: 50_000n, flags });
    expect(gate.sent).toEqual([{ subject: 'virtbus.v1.cmd.domain.setmemory', payload: { domain: uuidOf(1), memoryKiB: 50_000, ...more } }]);
  });

  test('no memory and no processors are refused', async () => {
    const gate = running();
    await expect(gate.call(remote.domain_set_memory_flags, { dom, memory: 0n, flags: 0 })).rejects.toMatchObject({ code: 8 });
    await expect(gate.call(remote.domain_set_vcpus_flags, { dom, nvcpus: 0, flags: 0 })).rejects.toMatchObject({ code: 8 });
    await expect(gate.call(remote.domain_get_vcpus_flags, { dom: shutOff, flags: 1 })).rejects.toMatchObject({ code: 55 });
  });
});

describe('limits of an interface', () => {
  const named = (inner: string) =>
    xml.replace(
      '</devices>',
      `<interface type='network'><mac address='52:54:00:00:00:01'/><source network='lab'/>${inner}<target dev='t0'/></interface></devices>`,
    );
  const plugged = (): TestGateway => {
    const gate = running();
    gate.views.domains.put({ uuid: uuidOf(1) }, domainRecord(1, { xml: named('') }));
    const limited = named(`<bandwidth><inbound average='1000' burst='512'/></bandwidth>`);
    gate.views.states.put({ uuid: uuidOf(1) }, domainState(1, { xml: limited }));
    return gate;
  };
  const values = async (flags: number) =>
    (await plugged().call(remote.domain_get_interface_parameters, { dom, device: 't0', nparams: 7, flags })).params.map(
      ({ value }) => value.value,
    );
  const set = (gate: TestGateway, field: string, value: TypedParam['value'], more = {}) =>
    gate.call(remote.domain_set_interface_parameters, { dom, device: 't0', params: [{ field, value }], flags: 1, ...more });

  test('are read from what runs or from the definition', async () => {
    expect([await values(0), await values(2)]).toEqual([
      [1000, 0, 512, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0],
    ]);
    expect(await running().call(remote.domain_get_interface_parameters, { dom, device: 't0', nparams: 0, flags: 0 })).toEqual({
      params: [],
      nparams: 7,
    });
  });

  test('are set as they are named', async () => {
    const gate = plugged();
    await set(gate, 'outbound.average', { type: 'uint', value: 64 });
    expect(gate.sent).toEqual([
      {
        subject: 'virtbus.v1.cmd.domain.tuneinterface',
        payload: { domain: uuidOf(1), tuning: { device: 't0', outbound: { average: 64 } }, live: true },
      },
    ]);
  });

  test.each<[string, () => Promise<unknown>, number, string]>([
    ['a parameter that is none', () => set(plugged(), 'outbound.floor', { type: 'uint', value: 1 }), 8, 'outbound.floor'],
    ['of another type', () => set(plugged(), 'inbound.peak', { type: 'int', value: 1 }), 8, "expected 'uint'"],
    ['another flag', () => set(plugged(), 'inbound.peak', { type: 'uint', value: 1 }, { flags: 4 }), 8, 'unsupported flags (0x4)'],
    [
      'no such interface',
      () => plugged().call(remote.domain_get_interface_parameters, { dom, device: 't9', nparams: 7, flags: 0 }),
      8,
      "'t9' is not a known interface",
    ],
    ['both at once', () => values(3), 8, 'mutually exclusive'],
    [
      'live, of what is off',
      () => plugged().call(remote.domain_get_interface_parameters, { dom: shutOff, device: 't0', nparams: 7, flags: 1 }),
      55,
      'domain is not running',
    ],
  ])('%s is refused', async (_, act, code, words) =>
    expect(await act().catch((thrown: unknown) => thrown)).toMatchObject({ code, message: expect.stringContaining(words) }),
  );
});

describe('words', () => {
  test('title and elements are read from what runs or from the definition', async () => {
    const gate = running();
    const read = (type: number, uri?: string) => gate.call(remote.domain_get_metadata, { dom, type, uri, flags: 0 });
    expect(await read(1)).toEqual({ metadata: 'web' });
    expect(await read(2, 'http://app/1')).toEqual({ metadata: '<x>1</x>' });
    await expect(read(0)).rejects.toMatchObject({ code: 80, message: 'metadata not found: Requested description element is not present' });
    await expect(read(2, 'http://other')).rejects.toMatchObject({ code: 80 });
    await expect(read(9)).rejects.toMatchObject({ code: 8 });
  });

  test('they are changed by a command', async () => {
    const gate = running();
    await gate.call(remote.domain_set_metadata, { dom, type: 1, metadata: 'new', key: undefined, uri: undefined, flags: 2 });
    const payload = { domain: uuidOf(1), metadata: { kind: 'title', value: 'new' }, config: true };
    expect(gate.sent).toEqual([{ subject: 'virtbus.v1.cmd.domain.setmetadata', payload }]);
  });
});

describe('statistics', () => {
  const stats = {
    ...{ 'state.state': 1, 'cpu.time': 12, 'balloon.current': 65_536, 'balloon.rss': 9, 'vcpu.current': 2, 'net.count': 1 },
    ...{
      'net.0.name': 'vnet0',
      'net.0.rx.bytes': 10,
      'net.0.tx.bytes': 20,
      'block.count': 1,
      'block.0.name': 'vda',
      'block.0.rd.bytes': 30,
    },
    ...{ 'block.0.capacity': 40 },
  };
  const counted = (): TestGateway => {
    const gate = running();
    gate.reply = () => ({ records: [{ uuid: uuidOf(1), stats }] });
    return gate;
  };

  test('come in libvirt’s types', async () => {
    const { retStats } = await counted().call(remote.connect_get_all_domain_stats, { doms: [dom], stats: 0, flags: 0 });
    const types = Object.fromEntries(retStats[0]?.params.map(({ field, value }) => [field, value.type]) ?? []);
    expect(types).toMatchObject({
      'state.state': 'int',
      'cpu.time': 'ullong',
      'vcpu.current': 'uint',
      'net.count': 'uint',
      'net.0.name': 'string',
    });
  });

  test('of all domains that pass, and only the groups that are wanted', async () => {
    const gate = counted();
    let asked: object = {};
    gate.reply = (_, payload) => {
      asked = payload;
      return { records: [] };
    };
    const { retStats } = await gate.call(remote.connect_get_all_domain_stats, { doms: [], stats: 2 | 4, flags: 1 });
    expect([retStats.map((each) => each.dom.name), asked]).toEqual([['d1'], { domains: [uuidOf(1)], groups: ['cpu-total', 'balloon'] }]);
  });

  test('of one interface, one disk, the balloon', async () => {
    const gate = counted();
    expect(await gate.call(remote.domain_interface_stats, { dom, device: 'vnet0' })).toMatchObject({
      rx_bytes: 10n,
      tx_bytes: 20n,
      rx_drop: 0n,
    });
    await expect(gate.call(remote.domain_interface_stats, { dom, device: 'vnet9' })).rejects.toMatchObject({
      code: 8,
      message: "invalid argument: 'vnet9' is not a known interface",
    });
    expect(await gate.call(remote.domain_block_stats_flags, { dom, path: 'vda', nparams: 0, flags: 0 })).toEqual({
      params: [],
      nparams: 8,
    });
    expect(await gate.call(remote.domain_get_block_info, { dom, path: 'vda', flags: 0 })).toMatchObject({ capacity: 40n });
    expect((await gate.call(remote.domain_memory_stats, { dom, maxStats: 20, flags: 0 })).stats).toEqual([
      { tag: 6, val: 65_536n },
      { tag: 7, val: 9n },
    ]);
  });

  test('of what does not run are refused', async () =>
    expect(running().call(remote.domain_memory_stats, { dom: shutOff, maxStats: 9, flags: 0 })).rejects.toMatchObject({ code: 55 }));
});

test.each([
  [
    'plugged',
    remote.domain_attach_device_flags,
    { dom, xml: '<interface/>', flags: 3 },
    'attachdevice',
    { xml: '<interface/>', live: true, config: true },
  ],
  ['unplugged', remote.domain_detach_device, { dom, xml: '<interface/>' }, 'detachdevice', { xml: '<interface/>', live: true }],
  [
    'unplugged by alias',
    remote.domain_detach_device_alias,
    { dom, alias: 'net0', flags: 1 },
    'detachdevice',
    { alias: 'net0', live: true },
  ],
  [
    'changed',
    remote.domain_update_device_flags,
    { dom, xml: '<interface/>', flags: 2 },
    'updatedevice',
    { xml: '<interface/>', config: true },
  ],
])('a device is %s by a command', async (_, procedure, args, verb, more) => {
  const gate = running();
  await gate.call(procedure as never, args as never);
  expect(gate.sent).toEqual([{ subject: `virtbus.v1.cmd.domain.${verb}`, payload: { domain: uuidOf(1), ...more } }]);
});

test('keys are pressed by the codeset’s name', async () => {
  const gate = running();
  await gate.call(remote.domain_send_key, { dom, codeset: 0, holdtime: 0, keycodes: [30], flags: 0 });
  expect(gate.sent).toEqual([
    { subject: 'virtbus.v1.cmd.domain.sendkey', payload: { domain: uuidOf(1), keys: { codeset: 'linux', keycodes: [30] } } },
  ]);
  await expect(gate.call(remote.domain_send_key, { dom, codeset: 99, holdtime: 0, keycodes: [30], flags: 0 })).rejects.toMatchObject({
    code: 8,
  });
});
