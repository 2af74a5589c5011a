/** A domain that is named anew in the moment in which it is started: the guest and the definition agree on one of the names. */
import { defineDomain, destroyDomain, domainRecords, domainStatesBucket, placements, renameDomain, startDomain } from '@virtbus/contracts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { guestXml } from './guest-definitions.js';
import { TestFleet } from './test-fleet.js';

const ROUNDS = 12;
let fleet: TestFleet;
beforeAll(async () => {
  fleet = await TestFleet.start();
}, 60_000);
afterAll(() => fleet?.stop());

test('whoever comes first, what runs is called what the domain is called', async () => {
  const { uuid } = await fleet.bus.run(defineDomain, { xml: guestXml({ name: 'name-0' }) });
  for (let round = 1; round <= ROUNDS; round += 1) {
    const name = `name-${round}`;
    const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    // Each order of the two, and as close together as they come.
    const [renamed, started] = await Promise.allSettled([
      later(round % 4).then(() => fleet.bus.run(renameDomain, { domain: uuid, name })),
      later((round * 3) % 4).then(() => fleet.bus.run(startDomain, { domain: uuid })),
    ]);
    expect(started.status).toBe('fulfilled');
    const [record, placement, state] = await Promise.all([
      fleet.bus.bucket(domainRecords).get({ uuid }),
      fleet.bus.bucket(placements).get({ uuid }),
      fleet.bus.bucket(domainStatesBucket).get({ uuid }),
    ]);
    const named = [record?.value.name, placement?.value.name, state?.value.name];
    expect(named).toEqual([named[0], named[0], named[0]]);
    expect(renamed.status === 'fulfilled').toBe(named[0] === name);
    await fleet.bus.run(destroyDomain, { domain: uuid });
    await vi.waitFor(async () => expect((await fleet.bus.bucket(placements).get({ uuid }))?.value.hostId).toBeUndefined(), 10_000);
  }
}, 120_000);
