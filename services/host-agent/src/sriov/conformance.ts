import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict';
import { getLink, listVirtualFunctions, type Rtnetlink } from '@virtbus/netlink';
import { LinkError, type LinkFault } from '../links/link-error.js';
import type { AssignedFunctions, FunctionPlan } from './assigned-functions.js';
import { VFIO_DRIVER, type PciDevice, type PciDevices } from './pci-devices.js';

/** A machine with an SR-IOV card whose functions may be tried: a real one, or files and a peer that stand for it. */
export interface CardUnderTest {
  readonly pci: PciDevices;
  readonly rtnetlink: Rtnetlink;
  /** A virtual function that a network driver of the host has. */
  readonly address: string;
  readonly functions: AssignedFunctions;
  /** Another agent over the same machine and the same records. */
  readonly again: () => AssignedFunctions;
}

export interface CardCase {
  readonly sentence: string;
  readonly holds: (card: CardUnderTest) => Promise<void>;
}

export const planFor = (address: string, change: Partial<FunctionPlan> = {}): FunctionPlan => ({
  address,
  mac: '52:54:00:aa:bb:cc',
  vlan: 0,
  managed: true,
  owner: { uuid: 'c7a5fdbd-edaf-9455-926a-d65c16db1809', name: 'demo' },
  ...change,
});
export const rival = { uuid: '11111111-2222-3333-4444-555555555555', name: 'rival' };

const refusal =
  (code: LinkFault) =>
  (error: unknown): boolean =>
    error instanceof LinkError && error.code === code;

/** All of a function that giving it away changes. */
function stateOf({ pci, rtnetlink, address }: CardUnderTest): unknown {
  const device = pci.find(address);
  const own = getLink(rtnetlink, device?.links[0] ?? '');
  return { driver: device?.driver, links: device?.links, own: own?.mac, ...administrationOf({ pci, rtnetlink }, device?.virtual) };
}

function administrationOf({ pci, rtnetlink }: Pick<CardUnderTest, 'pci' | 'rtnetlink'>, virtual: PciDevice['virtual']) {
  const link = getLink(rtnetlink, (virtual && pci.find(virtual.physical)?.links[0]) ?? '');
  const one = link && listVirtualFunctions(rtnetlink, link).find(({ number }) => number === virtual?.number);
  return { mac: one?.mac, vlan: one?.vlan };
}

export const cardCases: readonly CardCase[] = [
  {
    sentence: 'what is not there, and a function that is not virtual, are refused',
    holds: async (card) => {
      const { functions, pci, address } = card;
      const before = stateOf(card);
      throws(() => functions.prepare(planFor('ffff:ff:1f.7')), refusal('device_missing'));
      throws(() => functions.prepare(planFor(pci.find(address)?.virtual?.physical ?? '')), refusal('device_unsupported'));
      deepEqual(stateOf(card), before);
    },
  },
  {
    sentence: 'one that a driver of the host has is not taken from it unasked',
    holds: async (card) => {
      const before = stateOf(card);
      throws(() => card.functions.prepare(planFor(card.address, { managed: false })), refusal('device_busy'));
      deepEqual(stateOf(card), before);
    },
  },
  {
    sentence: 'it has the MAC and the tag of its guest and the driver of VFIO, and is afterwards what it was',
    holds: async (card) => {
      const { functions, address } = card;
      const before = stateOf(card);
      const plan = planFor(address, { vlan: 42 });
      const former = functions.prepare(plan);
      deepEqual(stateOf(card), before);
      await functions.assign(plan, former);
      deepEqual(stateOf(card), { driver: VFIO_DRIVER, links: [], mac: plan.mac, vlan: 42, own: undefined });
      deepEqual(functions.mend(plan, former), []);
      await functions.giveBack(former);
      deepEqual(stateOf(card), before);
      await functions.giveBack(former);
      deepEqual(stateOf(card), before);
    },
  },
  {
    sentence: 'it has one owner at a time, from the promise on and over a restart of the agent',
    holds: async (card) => {
      const { functions, address } = card;
      const plan = planFor(address);
      const former = functions.prepare(plan);
      throws(() => functions.prepare(planFor(address, { owner: rival })), refusal('device_busy'));
      functions.giveUp(address);
      functions.prepare(plan);
      await functions.assign(plan, former);
      const next = card.again();
      throws(() => next.prepare(planFor(address, { owner: rival })), refusal('device_busy'));
      throws(() => next.prepare(plan), refusal('device_busy'));
      await next.giveBack({ ...former, owner: rival.uuid });
      equal(card.pci.find(address)?.driver, VFIO_DRIVER);
      await next.giveBack(former);
      ok(next.prepare(planFor(address, { owner: rival })));
      next.giveUp(address);
    },
  },
  {
    sentence: 'a tag that there is not is refused by the card, and nothing is half done',
    holds: async (card) => {
      const { functions, address } = card;
      const before = stateOf(card);
      const plan = planFor(address, { vlan: 4096 });
      await rejects(functions.assign(plan, functions.prepare(plan)), refusal('system'));
      deepEqual(stateOf(card), before);
    },
  },
];
