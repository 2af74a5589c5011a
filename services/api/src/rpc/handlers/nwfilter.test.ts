import { Refusal } from '@virtbus/contracts';
import { remoteProcedures as remote } from '@virtbus/libvirt-rpc';
import { expect, test } from 'vitest';
import { TestGateway, uuidOf } from '../testing.js';

const mine = { name: 'mine', uuid: uuidOf(70) };
const binding = { hostId: 'host-a', portDev: 'vnet0', filter: 'mine', mac: '52:54:00:00:0a:01', domain: uuidOf(1), domainName: 'd1' };

const bindingXml = `<filterbinding><owner><name>d1</name><uuid>${uuidOf(1)}</uuid></owner><portdev name='vnet0'/><mac address='${binding.mac}'/><filterref filter='mine'/></filterbinding>`;

function filtered(): TestGateway {
  const gate = new TestGateway();
  const replies: Readonly<Record<string, object>> = {
    'virtbus.v1.req.nwfilter.list': { filters: [mine, { name: 'other', uuid: uuidOf(71) }] },
    'virtbus.v1.req.nwfilter.xml': { xml: '<filter/>' },
    'virtbus.v1.req.nwfilter.bindings': { bindings: [binding] },
    'virtbus.v1.req.nwfilter.binding': { xml: bindingXml },
  };
  gate.reply = ({ subject }, payload) => {
    const { filter, portDev = 'vnet0' } = payload as { readonly filter?: string; readonly portDev?: string };
    if (portDev === 'eth0') throw new Refusal('invalid_argument', 'invalid argument: hosts a, b each have a link', { domain: 33 });
    if (portDev !== 'vnet0') throw new Refusal('no_nwfilter_binding', 'Network filter binding not found');
    if (filter === 'new') return { xml: `<filter name='new'><uuid>${uuidOf(72)}</uuid></filter>` };
    if (filter === undefined || filter === mine.uuid) return replies[subject] ?? {};
    throw new Refusal('no_nwfilter', 'Network filter not found');
  };
  gate.answer = () => mine;
  return gate;
}

test('filters are listed, counted and looked up', async () => {
  const gate = filtered();
  expect(await gate.call(remote.connect_list_all_nwfilters, { need_results: 1, flags: 0 })).toMatchObject({ filters: [mine, {}], ret: 2 });
  expect(await gate.call(remote.connect_list_all_nwfilters, { need_results: 0, flags: 0 })).toEqual({ filters: [], ret: 2 });
  expect(await gate.call(remote.connect_num_of_nwfilters, {})).toEqual({ num: 2 });
  expect(await gate.call(remote.connect_list_nwfilters, { maxnames: 1 })).toEqual({ names: ['mine'] });
  expect(await gate.call(remote.nwfilter_lookup_by_name, { name: 'mine' })).toEqual({ nwfilter: mine });
  expect(await gate.call(remote.nwfilter_lookup_by_uuid, { uuid: mine.uuid })).toEqual({ nwfilter: mine });
  expect(await gate.call(remote.nwfilter_get_xml_desc, { nwfilter: mine, flags: 0 })).toEqual({ xml: '<filter/>' });
});

test('a filter that the list does not have yet is asked for by itself', async () => {
  const nwfilter = { name: 'new', uuid: uuidOf(72) };
  expect(await filtered().call(remote.nwfilter_lookup_by_name, { name: 'new' })).toEqual({ nwfilter });
});

test('filters are defined and undefined by commands', async () => {
  const gate = filtered();
  expect(await gate.call(remote.nwfilter_define_xml, { xml: '<filter/>' })).toEqual({ nwfilter: mine });
  await gate.call(remote.nwfilter_undefine, { nwfilter: mine });
  expect(gate.sent).toEqual([
    { subject: 'virtbus.v1.cmd.nwfilter.define', payload: { xml: '<filter/>' } },
    { subject: 'virtbus.v1.cmd.nwfilter.undefine', payload: { filter: mine.uuid } },
  ]);
});

test('a filter that there is not is refused as libvirt does', async () => {
  const nwfilter = { name: 'nobody', uuid: uuidOf(79) };
  const words = (by: string, value: string) => ({
    code: 62,
    message: `Network filter not found: no nwfilter with matching ${by} '${value}'`,
  });
  await expect(filtered().call(remote.nwfilter_lookup_by_name, { name: 'nobody' })).rejects.toMatchObject(words('name', 'nobody'));
  for (const procedure of [remote.nwfilter_undefine, remote.nwfilter_get_xml_desc])
    await expect(filtered().call(procedure as never, { nwfilter, flags: 0 } as never)).rejects.toMatchObject(words('uuid', nwfilter.uuid));
});

test.each([
  ['vnet9', 101],
  ['no link has this name', 101],
  ['eth0', 8],
])('a link %s without a filter, or that could be several, is refused', (name, code) =>
  expect(filtered().call(remote.nwfilter_binding_lookup_by_port_dev, { name })).rejects.toMatchObject({ code }),
);

test('bindings are made and deleted by commands', async () => {
  const gate = filtered();
  gate.answer = () => ({ hostId: 'host-a', portDev: 'veth0', filter: 'mine' });
  const nwfilter = { portdev: 'veth0', filtername: 'mine' };
  for (const flags of [0, 1])
    expect(await gate.call(remote.nwfilter_binding_create_xml, { xml: '<filterbinding/>', flags })).toEqual({ nwfilter });
  await gate.call(remote.nwfilter_binding_delete, { nwfilter });
  expect(gate.sent).toEqual([
    ...[0, 1].map(() => ({ subject: 'virtbus.v1.cmd.binding.create', payload: { xml: '<filterbinding/>' } })),
    { subject: 'virtbus.v1.cmd.binding.delete', payload: { portDev: 'veth0' } },
  ]);
  await expect(gate.call(remote.nwfilter_binding_create_xml, { xml: '', flags: 2 })).rejects.toMatchObject({ code: 8 });
});

test('bindings are listed and looked up', async () => {
  const gate = filtered();
  const handle = { portdev: 'vnet0', filtername: 'mine' };
  expect(await gate.call(remote.connect_list_all_nwfilter_bindings, { need_results: 1, flags: 0 })).toEqual({ bindings: [handle], ret: 1 });
  expect(await gate.call(remote.nwfilter_binding_lookup_by_port_dev, { name: 'vnet0' })).toEqual({ nwfilter: handle });
  expect(await gate.call(remote.nwfilter_binding_get_xml_desc, { nwfilter: handle, flags: 0 })).toEqual({ xml: bindingXml });
});

test('lists that come in pages are given whole', async () => {
  const gate = new TestGateway();
  const other = { ...binding, portDev: 'vnet1' };
  gate.reply = (_, payload) =>
    'after' in payload
      ? { filters: [{ name: 'other', uuid: uuidOf(71) }], bindings: [other] }
      : { filters: [mine], bindings: [binding], next: 'x' };
  expect(await gate.call(remote.connect_num_of_nwfilters, {})).toEqual({ num: 2 });
  const { bindings } = await gate.call(remote.connect_list_all_nwfilter_bindings, { need_results: 1, flags: 0 });
  expect(bindings).toEqual([
    { portdev: 'vnet0', filtername: 'mine' },
    { portdev: 'vnet1', filtername: 'mine' },
  ]);
});
