import { afterAll, beforeAll, expect, test } from 'vitest';
import { defineDomain, defineNetwork, listDomains, listHosts, listNetworks, startNetwork } from '@virtbus/contracts';
import { TestFleet } from './test-fleet.js';

let fleet: TestFleet;
beforeAll(async () => {
  fleet = await TestFleet.start();
}, 60_000);
afterAll(() => fleet?.stop());

test('definitions are kept and listed', async () => {
  const { bus } = fleet;
  expect((await bus.request(listHosts, {})).hosts).toMatchObject([{ hostId: 'host-a', alive: true }]);
  await bus.run(defineNetwork, { xml: `<network><name>lab</name><ip address='10.7.0.1' prefix='24'/></network>` });
  await bus.run(startNetwork, { network: 'lab' });
  expect((await bus.request(listNetworks, {})).networks).toMatchObject([{ name: 'lab', active: true, bridge: 'virbr0' }]);
  await bus.run(defineDomain, {
    xml: `<domain type='qemu'><name>demo</name><memory unit='MiB'>64</memory><os><type>hvm</type></os></domain>`,
  });
  expect((await bus.request(listDomains, {})).domains).toMatchObject([{ name: 'demo', state: 'shutoff' }]);
});
