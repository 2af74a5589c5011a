import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as contracts from '@virtbus/contracts';
import { Bus, type RunningService } from '@virtbus/messaging';
import { eventually, recordedLog, startTestNats, type TestNats } from '@virtbus/testing';
import { startNetd } from './start.js';

const owner = { name: 'box', uuid: randomUUID() };
const nets = { lab: randomUUID(), pass: randomUUID() };
const inside = {
  lab: `<bridge name='virbr7'/><mac address='52:54:00:aa:bb:cc'/><ip address='10.7.0.1' prefix='24'><dhcp><range start='10.7.0.10' end='10.7.0.99'/></dhcp></ip>`,
  pass: `<forward mode='passthrough'><interface dev='eth1'/></forward>`,
};
const mac = (n: number): string => `52:54:00:00:00:${String(n).padStart(2, '0')}`;
let nats: TestNats;
let netds: RunningService[];
let bus: Bus;
let host: Bus;

const connect = (name: 'api' | 'host-agent'): Promise<Bus> =>
  Bus.connect({ servers: nats.url, name, owner: name, provision: false, log: recordedLog() });
const start = (): Promise<RunningService> => startNetd({ servers: nats.url, signals: false, log: recordedLog() });

beforeAll(async () => {
  nats = await startTestNats();
  netds = [await start(), await start()];
  [bus, host] = [await connect('api'), await connect('host-agent')];
  const devices = { links: ['eth1'], physicalFunctions: [] };
  await host.bucket(contracts.hostFacts).put({ hostId: 'h1' }, { ...contracts.hostFacts.example, hostId: 'h1', devices });
  for (const name of ['lab', 'pass'] as const) {
    const state = { persistent: true, autostart: false, active: true, activation: 1 };
    const record = { uuid: nets[name], name, xml: `<network><name>${name}</name>${inside[name]}</network>`, ...state };
    await bus.bucket(contracts.networkRecords).put({ uuid: nets[name] }, record);
  }
});
afterAll(async () => {
  for (const each of [bus, host]) await each.drain();
  for (const netd of netds) await netd.close();
  await nats.stop();
});

const port = (n: number, network: keyof typeof nets, id: string = randomUUID()): contracts.CreatePort => ({
  ...{ id, networkUuid: nets[network], hostId: 'h1' },
  byHand: { owner, commandId: `c${n}` },
  wish: { mac: mac(n), network },
});
const create = (wanted: contracts.CreatePort): Promise<contracts.PortOnHost> => bus.request(contracts.createPort, wanted);
const codes = async (...asked: readonly Promise<unknown>[]): Promise<string[]> =>
  (await Promise.allSettled(asked)).map((one) =>
    one.status === 'fulfilled' ? 'made' : one.reason instanceof contracts.Refusal ? one.reason.code : String(one.reason),
  );
async function held(network: keyof typeof nets): Promise<contracts.PortRecord[]> {
  const view = await bus.bucket(contracts.portRecords).view({ networkUuid: nets[network] });
  const found = view.entries().map(({ value }) => value);
  await view.close();
  return found;
}
const give = ({ domain, epoch, networkUuid, mac: of }: contracts.PortRecord): Promise<unknown> =>
  bus.request(contracts.releasePorts, { domain, epoch, ports: [{ networkUuid, mac: of }] });

test('of two with one UUID, asked of whichever netd, one is made at most, and nothing of the others is left', async () => {
  for (let round = 0; round < 10; round += 1) {
    const id = randomUUID();
    const answers = await codes(...[1, 2, 3].map((n) => create(port(n, 'lab', id))));
    expect(answers.filter((answer) => answer === 'made')).toHaveLength(1);
    const [only, ...more] = await held('lab');
    expect([only?.id, more]).toEqual([id, []]);
    await give(only!);
  }
});

test('a MAC address and a device have one owner, by hand or not', async () => {
  expect((await codes(...[1, 1, 1].map((n) => create(port(n, 'lab'))))).toSorted()).toEqual(['mac_in_use', 'mac_in_use', 'made']);
  const domain = { domain: randomUUID(), domainName: 'web', hostId: 'h1', epoch: 1 };
  const plug = (n: number, network: string) =>
    bus.request(contracts.allocatePorts, { ...domain, ports: [{ mac: mac(n), network: network }] });
  await bus
    .bucket(contracts.domainRecords)
    .put({ uuid: domain.domain }, { ...contracts.domainRecords.example, uuid: domain.domain, name: 'web' });
  for (const [name, uuid] of Object.entries(nets))
    await bus.bucket(contracts.networkNames).put({ name: contracts.tokenFromName(name) }, { uuid });
  expect(await codes(plug(1, 'lab'))).toEqual(['mac_in_use']);
  const raced = await codes(create(port(5, 'pass')), plug(6, 'pass'), create(port(7, 'pass')));
  expect(raced.toSorted()).toEqual(['made', 'pool_exhausted', 'pool_exhausted']);
  expect((await held('pass')).map(({ actual }) => actual.dev)).toEqual(['eth1']);
});

test('is there for its command after netd has begun anew, and whole', async () => {
  const wanted = port(9, 'lab');
  const first = await create(wanted);
  const told = await eventually(() => bus.lastEvent(contracts.portAllocated, { port: first.id }));
  expect(told).toMatchObject({ byHand: true, domain: owner.uuid, mac: mac(9), hostId: 'h1' });
  for (const netd of netds) await netd.close();
  netds = [await start()];
  expect(await create(wanted)).toEqual(first);
  expect(await codes(create({ ...wanted, byHand: { owner, commandId: 'another' } }))).toEqual(['network_port_exists']);
  expect(first.addresses).toHaveLength(1);
});

test('a network that stops gives them back', async () => {
  const at = new Date().toISOString();
  await bus.publish(contracts.networkStopped, { uuid: nets.lab, name: 'lab', at, activation: 1 }, { tokens: { uuid: nets.lab } });
  await eventually(async () => (await held('lab')).length === 0);
});
