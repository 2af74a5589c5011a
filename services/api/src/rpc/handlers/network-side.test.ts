import { remoteProcedures as remote } from '@virtbus/libvirt-rpc';
import { expect, test } from 'vitest';
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
