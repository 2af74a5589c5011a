import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as contracts from '@virtbus/contracts';
import { guestXml, nic } from './guest-definitions.js';
import { TestFleet } from './test-fleet.js';

const mac = '52:54:00:00:a5:01';
const network = (name: string, at: number) =>
  `<network><name>${name}</name><bridge name='virbr${at}'/><ip address='10.7.${at}.1' netmask='255.255.255.0'/></network>`;
let fleet: TestFleet;

beforeAll(async () => {
  fleet = await TestFleet.start();
  for (const [at, name] of ['always', 'sometimes'].entries()) {
    await fleet.bus.run(contracts.defineNetwork, { xml: network(name, at) });
  }
  for (const name of ['kept', 'idle']) {
    const path = join(fleet.stateDir, name);
    await fleet.bus.run(contracts.definePool, { xml: `<pool type='dir'><name>${name}</name><target><path>${path}</path></target></pool>` });
    await fleet.bus.run(contracts.buildPool, { pool: name });
  }
  await fleet.bus.run(contracts.setPoolAutostart, { pool: 'kept', autostart: true });
  await fleet.bus.run(contracts.setNetworkAutostart, { network: 'always', autostart: true });
  await fleet.bus.run(contracts.startNetwork, { network: 'sometimes' });
  for (const [at, name] of ['early', 'late'].entries()) {
    const interfaces = nic(mac.replace(/1$/, String(at + 1)), { network: 'always' });
    await fleet.bus.run(contracts.defineDomain, { xml: guestXml({ name, interfaces, memoryMiB: 64 }) });
  }
  await fleet.bus.run(contracts.setDomainAutostart, { domain: 'early', autostart: true });
}, 60_000);
afterAll(() => fleet?.stop());

test('a network, a pool and a domain that start with the fleet do when it comes up, and others do not', async () => {
  const active = async () => {
    const { networks } = await fleet.bus.request(contracts.listNetworks, {});
    return networks.filter((each) => each.active).map(({ name }) => name);
  };
  expect(await active()).toEqual(['sometimes']);
  await fleet.restart();
  const running = async () => (await fleet.bus.request(contracts.listDomains, {})).domains.filter(({ state }) => state === 'running');
  await vi.waitFor(async () => expect((await running()).map(({ name }) => name)).toEqual(['early']), { timeout: 30_000, interval: 100 });
  expect(await active()).toEqual(['always', 'sometimes']);
  const pools = await fleet.bus.bucket(contracts.poolRecords).view();
  expect(pools.entries().flatMap(({ value }) => (value.active ? value.name : []))).toEqual(['kept']);
  expect(JSON.parse(fleet.inHost('ip', '-j', 'link', 'show', 'type', 'tun'))).toMatchObject([{ master: 'virbr0' }]);
}, 60_000);
