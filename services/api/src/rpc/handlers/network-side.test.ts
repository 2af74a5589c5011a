import { remoteProcedures as remote } from '@virtbus/libvirt-rpc';
import { describe, expect, test } from 'vitest';
import { domainRecord, domainState, TestGateway, uuidOf } from '../testing.js';

const mac = '52:54:00:00:0a:01';
const net = { name: 'lab', uuid: uuidOf(50) };
const dom = { name: 'd1', uuid: uuidOf(1), id: 101 };
const actual = { type: 'network', bridge: 'virbr0', isolated: false, trustGuestRxFilters: false } as const;
const port = { id: uuidOf(60), network: 'lab', networkUuid: net.uuid, mac, actual } as const;
const lease = { hostId: 'host-a', expiry: 99, mac, protocol: 'ipv4', address: '10.7.0.12', prefix: 24, hostname: 'guest' } as const;

function plugged(): TestGateway {
  const gate = new TestGateway();
  const network = { ...net, xml: '<network/>', persistent: true, autostart: false, active: true, activation: 1, bridge: 'virbr0' };
  gate.views.networks.put({ uuid: net.uuid }, network);
  gate.views.domains.put({ uuid: uuidOf(1) }, domainRecord(1));
  gate.views.states.put(
    { uuid: uuidOf(1) },
    domainState(1, { interfaces: [{ alias: 'net0', mac, type: 'network', target: 'vnet0', source: 'lab', port }] }),
  );
  gate.views.domains.put({ uuid: uuidOf(2) }, domainRecord(2));
  const record = { ...port, domain: uuidOf(1), domainName: 'd1', hostId: 'host-a', epoch: 1, allocatedAt: '' };
  gate.views.ports.put({ networkUuid: net.uuid, mac: '5254' }, record);
  gate.reply = () => ({ leases: [lease, { ...lease, mac: '52:54:00:00:0a:02', address: '10.7.0.13' }] });
  return gate;
}

test('leases of a network, or of one MAC', async () => {
  const gate = plugged();
  const all = await gate.call(remote.network_get_dhcp_leases, { net, mac: undefined, need_results: 1, flags: 0 });
  expect([all.ret, all.leases[0]]).toEqual([
    2,
    {
      iface: 'virbr0',
      expirytime: 99n,
      type: 0,
      mac,
      iaid: undefined,
      ipaddr: '10.7.0.12',
      prefix: 24,
      hostname: 'guest',
      clientid: undefined,
    },
  ]);
  expect(await gate.call(remote.network_get_dhcp_leases, { net, mac, need_results: 0, flags: 0 })).toEqual({ leases: [], ret: 1 });
});

test('a network that is not active has no leases, and nobody is asked', async () => {
  const gate = plugged();
  gate.reply = () => expect.unreachable('somebody was asked');
  const record = gate.views.networks.get({ uuid: net.uuid })?.value;
  if (record) gate.views.networks.put({ uuid: net.uuid }, { ...record, active: false });
  expect(await gate.call(remote.network_get_dhcp_leases, { net, mac: undefined, need_results: 1, flags: 0 })).toEqual({
    leases: [],
    ret: 0,
  });
});

test.each([
  [0, 'lease'],
  [1, 'agent'],
  [2, 'arp'],
])('addresses of a domain by source %i are by the word of %s', async (source, name) => {
  const gate = plugged();
  gate.reply = (_, asked) => {
    expect(asked).toEqual({ domain: dom.uuid, source: name });
    return { interfaces: [{ name: 'vnet0', mac, addresses: [{ family: 'ipv6', address: 'fd00::7', prefix: 64 }] }] };
  };
  const ifaces = [{ name: 'vnet0', hwaddr: mac, addrs: [{ type: 1, addr: 'fd00::7', prefix: 64 }] }];
  expect(await gate.call(remote.domain_interface_addresses, { dom, source, flags: 0 })).toEqual({ ifaces });
});

test.each([
  ['of a domain that does not run', { name: 'd2', uuid: uuidOf(2), id: -1 }, 0, 55],
  ['from where there is nothing', dom, 3, 74],
])('addresses %s are refused', async (_, handle, source, code) =>
  expect(plugged().call(remote.domain_interface_addresses, { dom: handle, source, flags: 0 })).rejects.toMatchObject({ code }),
);

test('ports of a network', async () => {
  const gate = plugged();
  const ports = [{ net, uuid: uuidOf(60) }];
  expect(await gate.call(remote.network_list_all_ports, { network: net, need_results: 1, flags: 0 })).toEqual({ ports, ret: 1 });
  expect(await gate.call(remote.network_port_lookup_by_uuid, { network: net, uuid: uuidOf(60) })).toEqual({ port: ports[0] });
  gate.reply = (contract, asked) => ({ xml: `${contract.subject} ${JSON.stringify(asked)}` });
  expect(await gate.call(remote.network_port_get_xml_desc, { port: ports[0]!, flags: 0 })).toEqual({
    xml: `virtbus.v1.req.network.portxml ${JSON.stringify({ network: net.uuid, port: uuidOf(60) })}`,
  });
  await expect(gate.call(remote.network_port_lookup_by_uuid, { network: net, uuid: uuidOf(61) })).rejects.toMatchObject({ code: 107 });
});

describe('ports by hand', () => {
  const id = uuidOf(61);
  const handle = { net, uuid: id };
  const bandwidth = { inbound: { average: 1000, burst: 5 } };
  const uint = (field: string, value: number) => ({ field, value: { type: 'uint', value } as const });
  const madeByHand = (of: object = {}): TestGateway => {
    const gate = plugged();
    const byHand = { owner: { name: 'web', uuid: uuidOf(9) }, commandId: 'c', ...of };
    const record = {
      ...port,
      id,
      mac: '52:54:00:00:00:61',
      domain: uuidOf(98),
      domainName: '',
      hostId: 'host-a',
      epoch: 1,
      allocatedAt: '',
    };
    gate.views.ports.put({ networkUuid: net.uuid, mac: '5261' }, { ...record, byHand, actual: { ...actual, bandwidth } });
    return gate;
  };
  const parameters = (gate: TestGateway, of: string, nparams = 16) =>
    gate.call(remote.network_port_get_parameters, { port: { net, uuid: of }, nparams, flags: 0 });
  const set = (gate: TestGateway, of: string, ...params: ReturnType<typeof uint>[]) =>
    gate.call(remote.network_port_set_parameters, { port: { net, uuid: of }, params, flags: 0 });

  test.each<[number, object]>([
    [0, {}],
    [1, { reclaim: true }],
    [2, {}],
    [3, { reclaim: true }],
  ])('are made with flags %i', async (flags, more) => {
    const gate = plugged();
    gate.answer = () => ({ uuid: id });
    expect(await gate.call(remote.network_port_create_xml, { network: net, xml: '<networkport/>', flags })).toEqual({ port: handle });
    expect(gate.sent).toEqual([{ subject: 'virtbus.v1.cmd.port.create', payload: { network: net.uuid, xml: '<networkport/>', ...more } }]);
  });

  test('are deleted', async () => {
    const gate = madeByHand();
    await gate.call(remote.network_port_delete, { port: handle, flags: 0 });
    expect(gate.sent).toEqual([{ subject: 'virtbus.v1.cmd.port.delete', payload: { network: net.uuid, port: id } }]);
  });

  test.each<[string, (gate: TestGateway) => Promise<unknown>, object]>([
    ['another flag of making', (gate) => gate.call(remote.network_port_create_xml, { network: net, xml: '', flags: 4 }), { code: 8 }],
    ['a flag of deleting', (gate) => gate.call(remote.network_port_delete, { port: handle, flags: 1 }), { code: 8 }],
    ['a flag of reading', (gate) => gate.call(remote.network_port_get_parameters, { port: handle, nparams: 1, flags: 1 }), { code: 8 }],
    ['a flag of changing', (gate) => gate.call(remote.network_port_set_parameters, { port: handle, params: [], flags: 1 }), { code: 8 }],
    [
      'a parameter that there is not',
      (gate) => set(gate, id, uint('frob', 1)),
      { code: 8, message: "invalid argument: parameter 'frob' not supported" },
    ],
    [
      'a parameter of another type',
      (gate) => set(gate, id, { field: 'inbound.average', value: { type: 'string', value: 'x' } } as never),
      { code: 8, message: "invalid argument: invalid type 'string' for parameter 'inbound.average', expected 'uint'" },
    ],
    ['a port that there is not', (gate) => parameters(gate, uuidOf(62)), { code: 107 }],
  ])('%s is refused', async (_, act, error) => {
    const gate = madeByHand();
    await expect(act(gate)).rejects.toMatchObject(error);
    expect(gate.sent).toEqual([]);
  });

  test('say what is limited, and nothing of what is not', async () => {
    const gate = madeByHand();
    const inbound = [uint('inbound.average', 1000), uint('inbound.peak', 0), uint('inbound.floor', 0), uint('inbound.burst', 5)];
    expect(await parameters(gate, id)).toEqual({ params: inbound, nparams: 4 });
    expect(await parameters(gate, id, 0)).toEqual({ params: [], nparams: 4 });
    expect(await parameters(gate, uuidOf(60))).toEqual({ params: [], nparams: 0 });
  });

  test.each<[string, ReturnType<typeof uint>[], object]>([
    [
      'all of it',
      [uint('inbound.average', 5), uint('outbound.average', 6), uint('outbound.peak', 7)],
      { bandwidth: { inbound: { average: 5 }, outbound: { average: 6, peak: 7 } } },
    ],
    ['a floor alone', [uint('inbound.floor', 5)], { bandwidth: { inbound: { floor: 5 } } }],
    ['nothing', [], {}],
    ['what bounds nothing', [uint('inbound.peak', 5), uint('outbound.average', 0)], {}],
    ['the last of two', [uint('inbound.average', 5), uint('inbound.average', 6)], { bandwidth: { inbound: { average: 6 } } }],
  ])('are given %s, and keep nothing else', async (_, params, payload) => {
    const gate = madeByHand();
    await set(gate, id, ...params);
    expect(gate.sent).toEqual([{ subject: 'virtbus.v1.cmd.port.tune', payload: { network: net.uuid, port: id, ...payload } }]);
  });

  test("an interface's port is changed as domiftune changes its interface", async () => {
    const gate = plugged();
    await set(gate, uuidOf(60), uint('inbound.average', 5));
    const outbound = { average: 0, peak: 0, burst: 0 };
    const tuning = { device: mac, inbound: { ...outbound, floor: 0, average: 5 }, outbound };
    expect(gate.sent).toEqual([{ subject: 'virtbus.v1.cmd.domain.tuneinterface', payload: { domain: uuidOf(1), tuning, live: true } }]);
  });

  test.each<[string, object, readonly string[], number]>([
    ['of its project', { project: 'blue' }, ['blue'], 2],
    ['of another project', { project: 'red' }, ['blue'], 0],
    ["of the fleet's own", {}, ['blue'], 0],
  ])('are seen by whoever is %s', async (_, of, projects, seen) => {
    const gate = madeByHand(of);
    gate.views.domains.put({ uuid: uuidOf(1) }, domainRecord(1, of));
    gate.identity = { name: 't', role: 'operator', projects, grants: [] };
    const listed = gate.call(remote.network_list_all_ports, { network: net, need_results: 1, flags: 0 });
    expect((await listed).ret).toBe(seen);
  });

  test('of a network that is not active there are none', async () => {
    const gate = plugged();
    gate.views.networks.put(
      { uuid: net.uuid },
      { ...net, xml: '<network/>', persistent: true, autostart: false, active: false, activation: 1 },
    );
    await expect(gate.call(remote.network_list_all_ports, { network: net, need_results: 1, flags: 0 })).rejects.toMatchObject({
      code: 55,
      message: "Requested operation is not valid: network 'lab' is not active",
    });
  });
});

test('no job is under way', async () => {
  const gate = plugged();
  expect(await gate.call(remote.domain_get_job_info, { dom })).toMatchObject({ type: 0, dataTotal: 0n });
  expect(await gate.call(remote.domain_get_control_info, { dom, flags: 0 })).toEqual({ state: 0, details: 0, stateTime: 0n });
  await expect(gate.call(remote.domain_abort_job, { dom })).rejects.toMatchObject({ code: 55 });
});

const host = "<host mac='52:54:00:00:0a:01' ip='10.7.0.12'/>";
test('a part of a network is changed by a command, by its names', async () => {
  const gate = plugged();
  await gate.call(remote.network_update, { net, command: 3, section: 4, parentIndex: -1, xml: host, flags: 3 });
  const payload = { network: net.uuid, command: 'add-last', section: 'ip-dhcp-host', parentIndex: -1, xml: host, live: true, config: true };
  expect(gate.sent).toEqual([{ subject: 'virtbus.v1.cmd.network.update', payload }]);
});

test.each([
  ['section', 0, "Operation not supported: can't update unrecognized section of network 'lab'"],
  ['section', 99, "Operation not supported: can't update unrecognized section of network 'lab'"],
  ['command', 5, 'Operation not supported: unrecognized network update command code 5'],
])('no %s has the number %i', async (part, number, message) => {
  const args = { net, command: 3, section: 4, parentIndex: -1, xml: host, flags: 0, [part]: number };
  await expect(plugged().call(remote.network_update, args)).rejects.toMatchObject({ code: 84, message });
});
