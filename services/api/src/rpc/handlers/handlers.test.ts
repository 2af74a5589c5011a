import { Refusal } from '@virtbus/contracts';
import { remoteProcedures as remote, type ArgsOf, type Procedure } from '@virtbus/libvirt-rpc';
import { describe, expect, test } from 'vitest';
import { domainRecord, domainState, FAKE_SCREEN, TestGateway, uuidOf } from '../testing.js';

/** d1 runs, d2 is shut off, d3 is transient and paused, d4 has a host and nothing is known of it yet. */
function fleet(options = {}): TestGateway {
  const gate = new TestGateway(options);
  const place = (number: number) =>
    gate.views.placements.put({ uuid: uuidOf(number) }, { uuid: uuidOf(number), epoch: 1, hostId: 'host-a', commandId: 'c' });
  for (const [number, more] of [
    [1, { autostart: true }],
    [2, {}],
    [3, { persistent: false }],
    [4, {}],
  ] as const)
    gate.views.domains.put({ uuid: uuidOf(number) }, domainRecord(number, more));
  for (const number of [1, 3, 4]) place(number);
  gate.views.states.put({ uuid: uuidOf(1) }, domainState(1));
  gate.views.states.put({ uuid: uuidOf(3) }, domainState(3, { state: 'paused', reason: 'user' }));
  return gate;
}

const handle = (number: number) => ({ name: `d${number}`, uuid: uuidOf(number), id: -1 });
const refusalOf = async <P extends Procedure>(gate: TestGateway, procedure: P, args: ArgsOf<P>) =>
  gate.call(procedure, args).then(
    () => 'no refusal',
    (error: { code: number; message: string }) => [error.code, error.message],
  );

describe('looking up', () => {
  test('by name, by UUID and by id answers the same handle, with the id of now', async () => {
    const gate = fleet();
    const dom = { name: 'd1', uuid: uuidOf(1), id: 101 };
    expect(await gate.call(remote.domain_lookup_by_name, { name: 'd1' })).toEqual({ dom });
    expect(await gate.call(remote.domain_lookup_by_uuid, { uuid: uuidOf(1) })).toEqual({ dom });
    expect(await gate.call(remote.domain_lookup_by_id, { id: 101 })).toEqual({ dom });
  });

  test('a domain that its host has not begun has the id that it will have', async () => {
    const gate = fleet();
    const { dom } = await gate.call(remote.domain_lookup_by_name, { name: 'd4' });
    expect(dom.id).toBe(3);
    expect(await gate.call(remote.domain_get_state, { dom, flags: 0 })).toEqual({ state: 3, reason: 11 });
  });

  test.each([
    ['a name', remote.domain_lookup_by_name, { name: 'x' }, "Domain not found: no domain with matching name 'x'"],
    ['a UUID', remote.domain_lookup_by_uuid, { uuid: uuidOf(9) }, `Domain not found: no domain with matching uuid '${uuidOf(9)}'`],
    ['an id', remote.domain_lookup_by_id, { id: 9 }, 'Domain not found: no domain with matching id 9'],
  ])('%s that there is not is refused as libvirt does', async (_, procedure, args, message) =>
    expect(await refusalOf(fleet(), procedure as never, args as never)).toEqual([42, message]),
  );

  test('handles that a domain has no more find nothing', async () => {
    const gate = fleet();
    gate.views.domains.put({ uuid: uuidOf(1) }, domainRecord(1, { name: 'renamed' }));
    gate.views.states.put({ uuid: uuidOf(1) }, domainState(1, { state: 'shutoff', reason: 'destroyed' }));
    gate.views.domains.remove({ uuid: uuidOf(2) });
    expect(await refusalOf(gate, remote.domain_lookup_by_name, { name: 'd1' })).toEqual([42, expect.any(String)]);
    expect(await refusalOf(gate, remote.domain_lookup_by_id, { id: 101 })).toEqual([42, expect.any(String)]);
    expect(await refusalOf(gate, remote.domain_lookup_by_uuid, { uuid: uuidOf(2) })).toEqual([42, expect.any(String)]);
    expect(await gate.call(remote.domain_lookup_by_name, { name: 'renamed' })).toMatchObject({ dom: { id: -1 } });
  });
});

describe('lists', () => {
  const all = ['d1', 'd2', 'd3', 'd4'];
  test.each([
    ['no flag is all', 0, all],
    ['active', 1, ['d1', 'd3', 'd4']],
    ['inactive', 2, ['d2']],
    ['both of a group', 3, all],
    ['transient', 8, ['d3']],
    ['running', 16, ['d1']],
    ['running or shut off', 16 | 64, ['d1', 'd2']],
    ['active and paused', 1 | 32, ['d3', 'd4']],
    ['autostart', 1024, ['d1']],
    ['with a snapshot', 4096, []],
    ['without a managed save', 512, all],
  ])('%s', async (_, flags, names) => {
    const { domains, ret } = await fleet().call(remote.connect_list_all_domains, { need_results: 1, flags });
    expect([domains.map((dom) => dom.name), ret]).toEqual([names, names.length]);
  });

  test('only the number, when only that is wanted', async () =>
    expect(await fleet().call(remote.connect_list_all_domains, { need_results: 0, flags: 0 })).toEqual({ domains: [], ret: 4 }));

  const sleep = remote.domain_pm_suspend_for_duration;
  const threshold = remote.domain_set_block_threshold;
  test.each([
    [
      'a sleep that nobody knows',
      sleep,
      { dom: handle(1), target: 3, duration: 0n, flags: 0 },
      [8, 'invalid argument: Unknown suspend target: 3'],
    ],
    [
      'a sleep that ends by itself',
      sleep,
      { dom: handle(1), target: 0, duration: 5n, flags: 0 },
      [74, 'argument unsupported: Duration not supported. Use 0 for now'],
    ],
    [
      'a threshold of what does not run',
      threshold,
      { dom: handle(2), dev: 'vda', threshold: 1n, flags: 0 },
      [55, 'Requested operation is not valid: domain is not running'],
    ],
    [
      'a threshold that no file reaches',
      threshold,
      { dom: handle(1), dev: 'vda', threshold: 2n ** 60n, flags: 0 },
      [8, `invalid argument: threshold must be at most ${Number.MAX_SAFE_INTEGER}`],
    ],
  ])('%s is refused, and nobody is asked', async (_, procedure, args, words) => {
    const gate = fleet();
    expect(await refusalOf(gate, procedure as never, args as never)).toEqual(words);
    expect(gate.sent).toEqual([]);
  });

  test('a flag that nobody knows is refused', async () =>
    expect(await refusalOf(fleet(), remote.connect_list_all_domains, { need_results: 1, flags: 0x10000 })).toEqual([
      8,
      'unsupported flags (0x10000) in function virConnectListAllDomains',
    ]));

  test('the old pairs of number and list', async () => {
    const gate = fleet();
    expect(await gate.call(remote.connect_num_of_domains, {})).toEqual({ num: 3 });
    expect(await gate.call(remote.connect_list_domains, { maxids: 2 })).toEqual({ ids: [101, 103] });
    expect(await gate.call(remote.connect_num_of_defined_domains, {})).toEqual({ num: 1 });
    expect(await gate.call(remote.connect_list_defined_domains, { maxnames: 9 })).toEqual({ names: ['d2'] });
  });
});

describe('commands', () => {
  test.each([
    ['destroy', remote.domain_destroy, { dom: handle(1) }, 'virtbus.v1.cmd.domain.destroy', { domain: uuidOf(1) }],
    [
      'start paused',
      remote.domain_create_with_flags,
      { dom: handle(2), flags: 1 },
      'virtbus.v1.cmd.domain.start',
      { domain: uuidOf(2), paused: true },
    ],
    [
      'shutdown',
      remote.domain_shutdown_flags,
      { dom: handle(1), flags: 1 },
      'virtbus.v1.cmd.domain.shutdown',
      { domain: uuidOf(1), mode: 'acpi' },
    ],
    [
      'rename',
      remote.domain_rename,
      { dom: handle(2), new_name: 'x', flags: 0 },
      'virtbus.v1.cmd.domain.rename',
      { domain: uuidOf(2), name: 'x' },
    ],
    ['wake', remote.domain_pm_wakeup, { dom: handle(1), flags: 0 }, 'virtbus.v1.cmd.domain.pmwakeup', { domain: uuidOf(1) }],
    [
      'sleep',
      remote.domain_pm_suspend_for_duration,
      { dom: handle(1), target: 2, duration: 0n, flags: 0 },
      'virtbus.v1.cmd.domain.pmsuspend',
      { domain: uuidOf(1), sleep: { target: 'hybrid' } },
    ],
    [
      'threshold',
      remote.domain_set_block_threshold,
      { dom: handle(1), dev: 'vda', threshold: 65_536n, flags: 0 },
      'virtbus.v1.cmd.domain.blockthreshold',
      { domain: uuidOf(1), threshold: { disk: 'vda', bytes: 65_536 } },
    ],
    [
      'autostart',
      remote.domain_set_autostart,
      { dom: handle(2), autostart: 1 },
      'virtbus.v1.cmd.domain.autostart',
      { domain: uuidOf(2), autostart: true },
    ],
  ])('%s goes to the fleet by UUID', async (_, procedure, args, subject, payload) => {
    const gate = fleet();
    await gate.call(procedure as never, args as never);
    expect(gate.sent).toEqual([{ subject, payload }]);
  });

  test('what is defined from live XML does not remember its host', async () => {
    const gate = fleet();
    gate.answer = () => ({ uuid: uuidOf(2), name: 'd2' });
    const xml =
      "<domain>\n  <metadata>\n    <virtbus:placement xmlns:virtbus='urn:virtbus:domain:1' host='host-a'/>\n  </metadata>\n</domain>";
    expect(await gate.call(remote.domain_define_xml, { xml })).toEqual({ dom: handle(2) });
    expect(gate.sent[0]?.payload).toEqual({ xml: '<domain>\n</domain>' });
  });

  test('a refusal keeps its number, part and words', async () => {
    const gate = fleet();
    gate.answer = () => {
      throw new Refusal('operation_invalid', 'Requested operation is not valid: domain is not running');
    };
    expect(await refusalOf(gate, remote.domain_suspend, { dom: handle(2) })).toEqual([
      55,
      'Requested operation is not valid: domain is not running',
    ]);
  });
});

describe('roles and projects', () => {
  const identity = { name: 'token:ci', grants: [] };

  test.each([
    ['destroy a domain', remote.domain_destroy, { dom: handle(1) }, 'domain stop needs the role operator'],
    [
      'read the secrets of the hosts',
      remote.secret_get_value,
      { secret: { uuid: uuidOf(1), usageType: 0, usageID: '' }, flags: 0 },
      'secret value needs the role administrator',
    ],
    [
      'open a console',
      remote.domain_open_console,
      { dom: handle(1), dev_name: undefined, flags: 0 },
      'domain console needs the role operator',
    ],
    ['read passwords', remote.domain_get_xml_desc, { dom: handle(1), flags: 1 }, 'domain secrets needs the role operator'],
  ])('a viewer may not %s', async (_, procedure, args, words) => {
    const gate = fleet();
    gate.identity = { ...identity, role: 'viewer', projects: 'all' };
    const [code, message] = await refusalOf(gate, procedure as never, args as never);
    expect([[3, 29].includes(Number(code)), message, gate.sent]).toEqual([
      true,
      procedure === remote.secret_get_value ? expect.any(String) : `operation forbidden: ${words}; 'token:ci' is viewer`,
      [],
    ]);
  });

  test('whoever is bound to a project sees what is in it, and of the rest not even that it is there', async () => {
    const gate = fleet();
    gate.views.domains.put({ uuid: uuidOf(2) }, domainRecord(2, { project: 'blue' }));
    gate.identity = { ...identity, role: 'operator', projects: ['blue'] };
    const { domains } = await gate.call(remote.connect_list_all_domains, { need_results: 1, flags: 0 });
    expect(domains.map((dom) => dom.name)).toEqual(['d2']);
    expect(await refusalOf(gate, remote.domain_lookup_by_name, { name: 'd1' })).toEqual([
      42,
      "Domain not found: no domain with matching name 'd1'",
    ]);
    expect(await refusalOf(gate, remote.domain_lookup_by_id, { id: 101 })).toMatchObject({ 0: 42 });
    expect(await refusalOf(gate, remote.domain_destroy, { dom: handle(1) })).toMatchObject({ 0: 42 });
  });
});

describe('the guard', () => {
  test('a connection that was not opened answers nothing', async () =>
    expect(await refusalOf(fleet({ opened: false }), remote.domain_lookup_by_name, { name: 'd1' })).toEqual([
      1,
      'internal error: connection not open',
    ]));

  test.each([
    [remote.domain_destroy, { dom: handle(1) }, 'virDomainDestroy'],
    [remote.domain_define_xml, { xml: '' }, 'virDomainDefineXML'],
    [remote.network_set_autostart, { net: handle(1), autostart: 1 }, 'virNetworkSetAutostart'],
    [remote.domain_open_console, { dom: handle(1), dev_name: undefined, flags: 0 }, 'virDomainOpenConsole'],
  ])('who may only look changes nothing', async (procedure, args, name) => {
    const gate = fleet({ readOnly: true });
    expect(await refusalOf(gate, procedure as never, args as never)).toEqual([
      29,
      `operation forbidden: read only access prevents ${name}`,
    ]);
    expect(gate.sent).toEqual([]);
  });

  test('who may only look sees', async () =>
    expect(await fleet({ readOnly: true }).call(remote.domain_get_info, { dom: handle(2) })).toEqual({
      state: 5,
      maxMem: 131_072n,
      memory: 65_536n,
      nrVirtCpu: 2,
      cpuTime: 0n,
    }));

  test('what is not offered is named', async () =>
    expect(await refusalOf(fleet(), remote.domain_save, { dom: handle(1), to: '/x' })).toEqual([
      3,
      'this function is not supported by the connection driver: virDomainSave',
    ]));
});

describe('the fleet as a host', () => {
  test('processor models are those of an architecture', async () => {
    const names = async (arch: string, need_results = 1) =>
      fleet().call(remote.connect_get_cpu_model_names, { arch, need_results, flags: 0 });
    expect((await names('x86_64')).models).toContain('EPYC-Milan');
    expect(await names('ppc64', 0)).toEqual({ models: [], ret: 7 });
    expect(await names('s390x')).toEqual({ models: [], ret: 0 });
    await expect(names('frob')).rejects.toMatchObject({ code: 8, message: 'invalid argument: cannot find architecture frob' });
  });

  test('capabilities name the gateway’s fleet, and what guests cannot have is refused', async () => {
    const first = await fleet().call(remote.connect_get_capabilities, {});
    expect(first).toEqual(await fleet().call(remote.connect_get_capabilities, {}));
    const asked = { emulatorbin: undefined, arch: 'frob', machine: undefined, virttype: undefined, flags: 0 };
    expect(await refusalOf(fleet(), remote.connect_get_domain_capabilities, asked)).toEqual([
      8,
      'invalid argument: unknown architecture: frob',
    ]);
    expect(await refusalOf(fleet(), remote.connect_get_sysinfo, { flags: 0 })).toEqual([67, expect.stringContaining('SMBIOS')]);
  });
});

describe("a guest's screen", () => {
  const screen = (listen: string) => `<domain type='qemu' id='101'>
  <name>d1</name>
  <uuid>${uuidOf(1)}</uuid>
  <memory unit='KiB'>65536</memory>
  <os><type>hvm</type></os>
  <devices><graphics type='vnc' ${listen}/></devices>
</domain>`;
  const shown = (listen: string, options = {}): TestGateway => {
    const gate = fleet(options);
    gate.views.states.put({ uuid: uuidOf(1) }, domainState(1, { xml: screen(listen) }));
    return gate;
  };
  const ask = (number: number, more = {}) => ({ dom: handle(number), idx: 0, flags: 0, ...more });

  test('is a socket for the client alone', async () => {
    const gate = shown(`port='5900'`);
    expect(await gate.call(remote.connect_supports_feature, { feature: 8 })).toEqual({ supported: 1 });
    expect(await gate.call(remote.domain_open_graphics_fd, ask(1))).toEqual({});
    expect(gate.passed).toEqual([FAKE_SCREEN]);
  });

  test.each([
    ['of a domain that does not run', `port='5900'`, ask(2), [55, 'Requested operation is not valid: domain is not running']],
    ['that there is not', `port='5900'`, ask(1, { idx: 1 }), [1, 'internal error: No graphics backend with index 1']],
    [
      'at an address of its host',
      `port='5900' listen='10.0.0.1'`,
      ask(1),
      [1, 'internal error: Only VNC screens that the fleet shows can be opened, not graphics backend 0'],
    ],
  ])('%s is refused', async (_, listen, args, expected) => {
    const gate = shown(listen);
    expect(await refusalOf(gate, remote.domain_open_graphics_fd, args)).toEqual(expected);
    expect(gate.passed).toEqual([]);
  });

  test('is not for who may only look', async () => {
    const gate = shown(`port='5900'`, { readOnly: true });
    const [code] = await refusalOf(gate, remote.domain_open_graphics_fd, ask(1));
    expect([code, gate.passed]).toEqual([29, []]);
  });
});
