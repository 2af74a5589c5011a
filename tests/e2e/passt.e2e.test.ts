import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as contracts from '@virtbus/contracts';
import { SerialConsole } from '../../tools/guest/serial-console.ts';
import { guestXml } from './guest-definitions.js';
import { TestFleet } from './test-fleet.js';

const forwarded = "<portForward proto='tcp'><range start='2022' to='22'/></portForward>";
const card = `<interface type='user'><mac address='52:54:00:00:9a:01'/>${forwarded}<model type='virtio'/><backend type='passt'/></interface>`;
let fleet: TestFleet;
let guest: SerialConsole | undefined;

beforeAll(async () => {
  fleet = await TestFleet.start();
  fleet.inHost('ip', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'up0-wire');
  for (const link of ['up0', 'up0-wire']) fleet.inHost('ip', 'link', 'set', link, 'up');
  fleet.inHost('ip', 'address', 'add', '192.0.2.5/24', 'dev', 'up0');
  fleet.inHost('ip', 'route', 'add', 'default', 'via', '192.0.2.1');
}, 60_000);
afterAll(async () => {
  guest?.close();
  await fleet?.stop();
});

test("a guest has its host's address from passt, is reached by a port of the host, and leaves nothing", async () => {
  const { uuid } = await fleet.bus.run(contracts.defineDomain, { xml: guestXml({ name: 'g', interfaces: card }) });
  await fleet.bus.run(contracts.startDomain, { domain: 'g', paused: true });
  guest = await SerialConsole.connect(join(fleet.stateDir, 'host', 'run', uuid, 'serial0.sock'));
  await fleet.bus.run(contracts.resumeDomain, { domain: 'g' });
  await guest.waitFor(/up eth0 192\.0\.2\.5\r/, 60_000);
  guest.type('while :; do echo from-the-guest | nc -l -p 22; done');
  await vi.waitFor(() => expect(fleet.inHost('busybox', 'timeout', '2', 'busybox', 'nc', '127.0.0.1', '2022')).toBe('from-the-guest\n'), {
    timeout: 30_000,
    interval: 200,
  });
  await fleet.bus.run(contracts.destroyDomain, { domain: 'g' });
  await vi.waitFor(() => expect(fleet.hostProcesses()).toEqual([]), { timeout: 10_000, interval: 50 });
});
