/**
 * The host-agent is killed between every two side effects of putting a filter on a link and of taking it off: all of it is there afterwards,
 * or nothing. `npm test` kills it at some of them, `npm run crash` (VIRTBUS_CRASH=all) at all.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as contracts from '@virtbus/contracts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ofBindings } from './crash-cases.js';
import { CrashHost } from './crash-host.js';

const LINK = 'up0-wire';
const xml = `<filterbinding><owner><name>box</name><uuid>9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f0f1</uuid></owner><portdev name='${LINK}'/><mac address='52:54:00:00:01:77'/><filterref filter='no-mac-spoofing'/></filterbinding>`;
const chosen = ofBindings.filter(({ always }) => always || process.env['VIRTBUS_CRASH'] === 'all');
const patience = { timeout: 60_000, interval: 100 };

let host: CrashHost;
beforeAll(async () => {
  host = await CrashHost.start();
}, 120_000);
afterAll(() => host?.stop());

const bind = () => host.fleet.bus.run(contracts.createNwfilterBinding, { xml }, { timeoutMs: 60_000 });
const unbind = () => host.fleet.bus.run(contracts.deleteNwfilterBinding, { portDev: LINK }, { timeoutMs: 60_000 });

/** What there is of it, by the kernel, the host's disk and the fleet. */
async function found(): Promise<readonly boolean[]> {
  const { bindings } = await host.fleet.bus.request(contracts.listNwfilterBindings, {});
  return [
    host.fleet.inHost('nft', 'list', 'ruleset').includes(LINK),
    readdirSync(join(host.fleet.stateDir, 'host/bindings')).length > 0,
    bindings.some(({ portDev }) => portDev === LINK),
  ];
}
const [nothing, all] = [
  [false, false, false],
  [true, true, true],
];

test.each(chosen.map((crash) => [`${crash.operation} at ${crash.at}`, crash] as const))(
  'an agent that dies over a filter on a link is followed by one that leaves no trace of it: %s',
  async (_, { operation, at }) => {
    expect(await found()).toEqual(nothing);
    if (operation === 'unbind') await bind();
    const agent = host.agent;
    host.arm(at);
    const outcome = (operation === 'bind' ? bind() : unbind()).then(
      () => 'done',
      (thrown: unknown) => (thrown instanceof contracts.Refusal ? thrown.code : Promise.reject(thrown as Error)),
    );
    await vi.waitFor(() => expect(host.hasDied()).toBe(true), patience);
    await vi.waitFor(() => expect([undefined, agent]).not.toContain(host.agent), patience);
    expect(await outcome).toBe('host_unreachable');
    await vi.waitFor(async () => expect(await found()).toEqual(nothing), patience);
    await bind();
    expect(await found()).toEqual(all);
    await unbind();
    expect(await found()).toEqual(nothing);
  },
);
