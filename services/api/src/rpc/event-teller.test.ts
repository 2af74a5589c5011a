import { remoteProcedures as remote } from '@virtbus/libvirt-rpc';
import { expect, test } from 'vitest';
import { EventTeller } from './event-teller.js';
import { domainRecord, domainState, TestGateway, uuidOf } from './testing.js';

function watching() {
  const gate = new TestGateway();
  gate.views.domains.put({ uuid: uuidOf(1) }, domainRecord(1));
  gate.views.states.put({ uuid: uuidOf(1) }, domainState(1));
  const teller = new EventTeller(gate.memory);
  teller.add(gate.session);
  const tell = (kind: string, what: string, detail = '', number = 1, more = {}) =>
    teller.tell({
      subject: `virtbus.v1.evt.${kind}.${uuidOf(number)}.${what}`,
      payload: { uuid: uuidOf(number), name: `d${number}`, detail, at: '', ...more },
    });
  return { gate, teller, tell };
}

const dom = { name: 'd1', uuid: uuidOf(1), id: 101 };

test.each([
  ['started', 'booted', 2, 0],
  ['suspended', 'ioerror', 3, 2],
  ['resumed', 'unpaused', 4, 0],
  ['shutdown', 'guest', 6, 1],
  ['stopped', 'destroyed', 5, 1],
  ['crashed', 'panicked', 8, 0],
  ['defined', 'updated', 0, 1],
])('%s (%s) is told in libvirt’s numbers', async (what, detail, event, number) => {
  const { gate, tell } = watching();
  const { callbackID } = await gate.call(remote.connect_domain_event_callback_register_any, { eventID: 0, dom: undefined });
  tell('domain', what, detail);
  expect(gate.told).toEqual([{ callbackID, msg: { dom, event, detail: number } }]);
});

test('only those hear who registered: for this event, for this domain, and not any more after they deregistered', async () => {
  const { gate, tell } = watching();
  const register = (eventID: number, number?: number) =>
    gate.call(remote.connect_domain_event_callback_register_any, {
      eventID,
      dom: number === undefined ? undefined : { ...dom, uuid: uuidOf(number) },
    });
  const reboot = await register(1);
  const ofOther = await register(0, 2);
  const ofThis = await register(0, 1);
  expect(new Set([reboot.callbackID, ofOther.callbackID, ofThis.callbackID]).size).toBe(3);
  tell('domain', 'started', 'booted');
  tell('domain', 'rebooted');
  await gate.call(remote.connect_domain_event_callback_deregister_any, ofThis);
  tell('domain', 'started', 'booted');
  expect(gate.told).toEqual([
    { callbackID: ofThis.callbackID, msg: { dom, event: 2, detail: 0 } },
    { callbackID: reboot.callbackID, msg: { dom } },
  ]);
});

test('whoever is bound to a project hears of what is in it, also that it went', async () => {
  const { gate, tell } = watching();
  gate.views.domains.put({ uuid: uuidOf(2) }, domainRecord(2, { project: 'blue' }));
  gate.identity = { name: 'token:ci', role: 'operator', projects: ['blue'], grants: [] };
  const { callbackID } = await gate.call(remote.connect_domain_event_callback_register_any, { eventID: 0, dom: undefined });
  tell('domain', 'started', 'booted', 1);
  gate.views.domains.remove({ uuid: uuidOf(2) });
  tell('domain', 'undefined', 'removed', 2);
  expect(gate.told).toEqual([{ callbackID, msg: { dom: { name: 'd2', uuid: uuidOf(2), id: -1 }, event: 1, detail: 0 } }]);
});

/** Of each kind: its record of a project, and how a client registers. */
const kinds = {
  domain: [
    (gate: TestGateway, number: number, project: string) =>
      gate.views.domains.put({ uuid: uuidOf(number) }, domainRecord(number, { project })),
    (gate: TestGateway) => gate.call(remote.connect_domain_event_callback_register_any, { eventID: 0, dom: undefined }),
  ],
  network: [
    (gate: TestGateway, number: number, project: string) => gate.views.networks.put({ uuid: uuidOf(number) }, ownedRecord(number, project)),
    (gate: TestGateway) => gate.call(remote.connect_network_event_register_any, { eventID: 0, net: undefined }),
  ],
  pool: [
    (gate: TestGateway, number: number, project: string) =>
      gate.views.pools.put({ uuid: uuidOf(number) }, { ...ownedRecord(number, project), path: '/p' }),
    (gate: TestGateway) => gate.call(remote.connect_storage_pool_event_register_any, { eventID: 0, pool: undefined }),
  ],
} as const;
const ownedRecord = (number: number, project: string) => ({
  ...{ uuid: uuidOf(number), name: `d${number}`, xml: '', project },
  ...{ persistent: true, autostart: false, active: true, activation: 1 },
});

test.each(Object.entries(kinds))('of a %s whoever is bound to a project hears when it is in it', async (kind, [put, register]) => {
  const { gate, tell } = watching();
  gate.identity = { name: 'token:ci', role: 'viewer', projects: ['blue'], grants: [] };
  put(gate, 2, 'blue');
  put(gate, 3, 'red');
  await register(gate);
  // Nobody knows whose the fourth is.
  for (const number of [2, 3, 4]) tell(kind, 'started', 'booted', number);
  expect(gate.told.map((told) => /"name":"([^"]*)"/.exec(JSON.stringify(told))?.[1])).toEqual(['d2']);
});

test.each([
  [15, 'deviceremoved', { msg: { dom, devAlias: 'net1' } }],
  [19, 'deviceadded', { dom, devAlias: 'net1' }],
  [22, 'deviceremovalfailed', { dom, devAlias: 'net1' }],
  [23, 'metadatachanged', { dom, type: 1, nsuri: undefined }],
])('event %i is %s', async (eventID, what, body) => {
  const { gate, tell } = watching();
  const { callbackID } = await gate.call(remote.connect_domain_event_callback_register_any, { eventID, dom: undefined });
  tell('domain', what, what === 'metadatachanged' ? 'title' : 'net1');
  expect(gate.told).toEqual([{ callbackID, ...body }]);
});

const end = (service: string) => ({ family: 'ipv6', address: '::1', service });
const failed = { device: 'virtio-disk0', source: '/images/a.img', action: 'report', reason: 'enospc' };
const told = { srcPath: '/images/a.img', devAlias: 'virtio-disk0', action: 2 };
test.each([
  [2, 'rtcchanged', '60', { offsetSeconds: 60 }, { msg: { dom, offset: 60n } }],
  [3, 'watchdog', 'inject-nmi', {}, { msg: { dom, action: 6 } }],
  [4, 'ioerror', 'report', failed, { msg: { dom, ...told } }],
  [6, 'ioerror', 'report', failed, { msg: { dom, ...told, reason: 'enospc' } }],
  [
    5,
    'graphics',
    'disconnect',
    { phase: 'disconnect', local: end('5900'), remote: end('40000'), authScheme: 'none' },
    {
      msg: {
        ...{ dom, phase: 2, authScheme: 'none', subject: [] },
        local: { family: 1, node: '::1', service: '5900' },
        remote: { family: 1, node: '::1', service: '40000' },
      },
    },
  ],
  [10, 'traychanged', 'closed', { device: 'sata0-0-0', open: false }, { msg: { dom, devAlias: 'sata0-0-0', reason: 1 } }],
  [13, 'balloonchanged', '65536', { memoryKiB: 65_536 }, { msg: { dom, actual: 65_536n } }],
  [
    17,
    'disktuned',
    'vda',
    { limits: { totalBytesSec: 5_000_000, totalBytesSecMaxLength: 0, groupName: 'g1' } },
    {
      dom,
      params: [
        { field: 'blkdeviotune.disk', value: { type: 'string', value: 'vda' } },
        { field: 'blkdeviotune.total_bytes_sec', value: { type: 'ullong', value: 5_000_000n } },
        { field: 'blkdeviotune.group_name', value: { type: 'string', value: 'g1' } },
        { field: 'blkdeviotune.total_bytes_sec_max_length', value: { type: 'ullong', value: 0n } },
      ],
    },
  ],
  [
    17,
    'threadpinned',
    'vcpupin0',
    { cpuset: '0-3' },
    { dom, params: [{ field: 'cputune.vcpupin0', value: { type: 'string', value: '0-3' } }] },
  ],
  [18, 'agentlifecycle', 'disconnected', {}, { dom, state: 2, reason: 2 }],
  [18, 'agentlifecycle', 'disconnected', { cause: 'started' }, { dom, state: 2, reason: 1 }],
  [7, 'controlerror', 'monitor', {}, { msg: { dom } }],
  [11, 'started', 'wakeup', {}, { reason: 0, msg: { dom } }],
  [12, 'pmsuspended', 'memory', {}, { reason: 0, msg: { dom } }],
  [14, 'pmsuspended', 'disk', {}, { reason: 0, msg: { dom } }],
  [
    24,
    'blockthreshold',
    'vda',
    { device: 'vda', source: '/images/a.img', thresholdBytes: 4096, excessBytes: 512 },
    { dom, dev: 'vda', path: '/images/a.img', threshold: 4096n, excess: 512n },
  ],
  [
    25,
    'memoryfailure',
    'reset',
    { recipient: 'guest', action: 'reset', actionRequired: false, recursive: true },
    { dom, recipient: 1, action: 3, flags: 2 },
  ],
  [26, 'memorydeviceresized', 'm0', { device: 'm0', sizeKiB: 262_144 }, { dom, alias: 'm0', size: 262_144n }],
])('event %i tells of what the guest does: %s', async (eventID, what, detail, more, body) => {
  const { gate, tell } = watching();
  const { callbackID } = await gate.call(remote.connect_domain_event_callback_register_any, { eventID, dom: undefined });
  tell('domain', what, detail, 1, more);
  expect(gate.told).toEqual([{ callbackID, ...body }]);
});

test('networks are told of by themselves', async () => {
  const { gate, tell } = watching();
  await gate.call(remote.connect_domain_event_callback_register_any, { eventID: 0, dom: undefined });
  const { callbackID } = await gate.call(remote.connect_network_event_register_any, { eventID: 0, net: undefined });
  tell('network', 'started', '', 3);
  expect(gate.told).toEqual([{ callbackID, net: { name: 'd3', uuid: uuidOf(3) }, event: 2, detail: 0 }]);
});

test.each([
  ['started', 0, { event: 2, detail: 0 }],
  ['created', 0, { event: 4, detail: 0 }],
  ['refreshed', 1, {}],
])('a pool is told of: %s', async (what, eventID, more) => {
  const { gate, tell } = watching();
  const { callbackID } = await gate.call(remote.connect_storage_pool_event_register_any, { eventID, pool: undefined });
  await gate.call(remote.connect_storage_pool_event_register_any, { eventID: 1 - eventID, pool: undefined });
  tell('pool', what, '', 3);
  expect(gate.told).toEqual([{ callbackID, pool: { name: 'd3', uuid: uuidOf(3) }, ...more }]);
});

test.each([
  ['defined', 0, { event: 0, detail: 0 }],
  ['undefined', 0, { event: 1, detail: 0 }],
  ['valuechanged', 1, {}],
])('a secret is told of: %s', async (what, eventID, more) => {
  const { gate, tell } = watching();
  const { callbackID } = await gate.call(remote.connect_secret_event_register_any, { eventID, secret: undefined });
  await gate.call(remote.connect_secret_event_register_any, { eventID: 1 - eventID, secret: undefined });
  tell('secret', what, '', 3, { usageType: 'iscsi' });
  expect(gate.told).toEqual([{ callbackID, secret: { uuid: uuidOf(3), usageType: 3, usageID: 'd3' }, ...more }]);
});

test('whoever may not ask about secrets hears nothing of them', async () => {
  const { gate, tell } = watching();
  gate.identity = { name: 'token:ci', role: 'viewer', projects: 'all', grants: [] };
  await gate.call(remote.connect_secret_event_register_any, { eventID: 0, secret: undefined });
  tell('secret', 'defined', '', 3, { usageType: 'iscsi' });
  expect(gate.told).toEqual([]);
});

test('whoever is bound to a project hears of its secrets alone, to the last', async () => {
  const { gate, tell } = watching();
  gate.identity = { name: 'token:ci', role: 'operator', projects: ['blue'], grants: [] };
  await gate.call(remote.connect_secret_event_register_any, { eventID: 0, secret: undefined });
  const put = (n: number, project?: string) =>
    gate.views.secrets.put({ uuid: uuidOf(n) }, { uuid: uuidOf(n), usageType: 'none', usageId: '', xml: '', ...(project && { project }) });
  for (const [n, project] of [[3, 'blue'], [4, 'red'], [5]] as const) put(n, project);
  gate.views.secrets.remove({ uuid: uuidOf(3) });
  for (const n of [3, 4, 5]) tell('secret', 'undefined', '', n, { usageType: 'none' });
  expect(gate.told).toMatchObject([{ secret: { uuid: uuidOf(3) }, event: 1 }]);
});

test('what libvirt has no event for, and what is no happening, is told to nobody', async () => {
  const { gate, teller, tell } = watching();
  await gate.call(remote.connect_domain_event_callback_register_any, { eventID: 0, dom: undefined });
  tell('domain', 'placed', 'placed');
  teller.tell({ subject: 'virtbus.v1.evt.operation.x.finished', payload: { commandId: 'x' } });
  teller.tell({ subject: `virtbus.v1.evt.domain.${uuidOf(1)}.started`, payload: 'nonsense' });
  teller.remove(gate.session);
  tell('domain', 'started', 'booted');
  expect(gate.told).toEqual([]);
});

test.each([-1, 28, 4711])('event %i is none', async (eventID) => {
  const { gate } = watching();
  await expect(gate.call(remote.connect_domain_event_callback_register_any, { eventID, dom: undefined })).rejects.toMatchObject({
    code: 8,
  });
});

test('a registration of another kind is not the one to end', async () => {
  const { gate } = watching();
  const args = await gate.call(remote.connect_network_event_register_any, { eventID: 0, net: undefined });
  await expect(gate.call(remote.connect_domain_event_callback_deregister_any, args)).rejects.toMatchObject({ code: 1 });
});
