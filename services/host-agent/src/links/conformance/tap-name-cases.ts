import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import type { TapPlan } from '../../core/link-plan.js';
import type { LinkFault } from '../link-error.js';
import { guestMac, named, refusal, type ConformanceCase } from './case.js';

const refusals: readonly (readonly [what: string, Partial<TapPlan>, LinkFault])[] = [
  ['on a bridge that is not there', { bridge: 'br-x' }, 'bridge_missing'],
  ['with a name in use', { target: 'br-a' }, 'tap_exists'],
  ['with a name of sixteen bytes', { target: 'abcdefghijklmnop' }, 'name_invalid'],
  ['with a template that the kernel does not know', { target: 'm%s' }, 'system'],
  ['with two templates in one', { target: 'm%d%d' }, 'system'],
];

const numberIn = (name: string): number => Number(/^vnet(\d+)$/.exec(name)?.[1]);

export const tapNameCases: readonly ConformanceCase[] = [
  ...refusals.map(([what, change, code]): ConformanceCase => ({
    sentence: `a tap ${what} is refused`,
    holds: async ({ links }) => rejects(named(links, change), refusal(code)),
  })),
  {
    sentence: 'names rise, whatever is unplugged',
    holds: async ({ links }) => {
      deepEqual([await named(links), await named(links)], ['vnet0', 'vnet1']);
      await links.unplug('vnet1', guestMac);
      equal(await named(links), 'vnet2');
    },
  },
  {
    sentence: 'names go on behind an orderly restart',
    holds: async ({ links, restart }) => {
      await links.unplug(await named(links), guestMac);
      equal(await named(await restart(true)), 'vnet1');
    },
  },
  {
    sentence: 'no name is given again after the host-agent was killed',
    holds: async ({ links, restart }) => {
      const first = await named(links);
      await links.unplug(first, guestMac);
      ok(numberIn(await named(await restart(false))) > numberIn(first));
    },
  },
  {
    sentence: 'names of running domains are not given',
    holds: async ({ links }) => {
      await links.reserveTapNames(['vnet7', 'mytap9', 'vnet3']);
      equal(await named(links), 'vnet8');
    },
  },
  {
    sentence: 'a held name is nobody else’s until it is given up, tap or no tap',
    holds: async ({ links }) => {
      const name = await links.holdName({ prefix: 'vnet', target: 'mine' });
      await rejects(links.holdName({ prefix: 'vnet', target: 'mine' }), refusal('tap_exists'));
      await rejects(named(links, { target: 'mine' }), refusal('tap_exists'));
      equal(await named(links, { name }), 'mine');
      await links.unplug(name, guestMac);
      await rejects(links.holdName({ prefix: 'vnet', target: 'mine' }), refusal('tap_exists'));
      links.giveUpName(name);
      equal(await links.holdName({ prefix: 'vnet', target: 'mine' }), 'mine');
    },
  },
  {
    sentence: 'each prefix has a counter of its own',
    holds: async ({ links, restart }) => {
      deepEqual(await Promise.all([links.holdName({ prefix: 'macvtap' }), links.holdName({ prefix: 'vnet' })]), ['macvtap0', 'vnet0']);
      const again = await restart(true);
      await again.reserveTapNames(['macvtap5', 'vnet2']);
      deepEqual(await Promise.all([again.holdName({ prefix: 'macvtap' }), again.holdName({ prefix: 'vnet' })]), ['macvtap6', 'vnet3']);
    },
  },
  {
    sentence: 'names of others are passed over',
    holds: async ({ links }) => {
      await named(links, { target: 'vnet1' });
      deepEqual([await named(links), await named(links)], ['vnet0', 'vnet2']);
    },
  },
  {
    sentence: 'a template is filled from the lowest number',
    holds: async ({ links }) => {
      deepEqual([await named(links, { target: 'mytap%d' }), await named(links, { target: 'mytap%d' })], ['mytap0', 'mytap1']);
      await links.unplug('mytap0', guestMac);
      equal(await named(links, { target: 'mytap%d' }), 'mytap0');
    },
  },
  {
    sentence: 'many at once get different names',
    holds: async ({ links }) => {
      const names = await Promise.all(Array.from({ length: 12 }, () => named(links)));
      equal(new Set(names).size, 12);
    },
  },
  {
    sentence: 'one fixed name is given once',
    holds: async ({ links }) => {
      const outcomes = await Promise.allSettled([named(links, { target: 'fixed' }), named(links, { target: 'fixed' })]);
      const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
      equal(reasons.length, 1);
      ok(refusal('tap_exists')(reasons[0]));
    },
  },
];
