import type { RxFilter, RxFilterMode } from '@virtbus/contracts';
import { describe, expect, test } from 'vitest';
import { filterSteps, type HostFilter } from './macvtap-filter.js';

const [own, other] = ['52:54:00:00:00:01', '52:54:00:00:00:02'] as const;
const [a, b, c] = ['01:00:5e:00:00:01', '33:33:00:00:00:01', '33:33:ff:00:00:01'] as const;
const host: HostFilter = { mac: own, groups: [], promiscuous: false, allMulticast: false, multicast: true };
const guest: RxFilter = {
  name: 'net0',
  mac: own,
  promiscuous: false,
  broadcastAllowed: true,
  unicast: { mode: 'normal', overflow: false, table: [] },
  multicast: { mode: 'normal', overflow: false, table: [] },
  vlan: { mode: 'normal', table: [] },
};
const steps = (hosts: Partial<HostFilter>, guests: Partial<RxFilter>) => filterSteps({ ...host, ...hosts }, { ...guest, ...guests });

test('a macvtap that takes what its guest does is left alone', () => {
  expect(steps({}, {})).toEqual([]);
});

test('the address comes first, then groups to join, then those to leave, then flags', () => {
  const multicast = { mode: 'all', overflow: true, table: [a, b, a] } as const;
  expect(steps({ groups: [b, c] }, { mac: other, promiscuous: true, multicast: { ...multicast, table: [...multicast.table] } })).toEqual([
    { do: 'mac', mac: other },
    { do: 'join', group: a },
    { do: 'leave', group: c },
    { do: 'flags', to: { promiscuous: true } },
    { do: 'flags', to: { allMulticast: true } },
  ]);
});

test('what has no counterpart on the host is passed over', () => {
  const unicast = { mode: 'all', overflow: true, table: [other] } as const;
  expect(
    steps({}, { broadcastAllowed: false, unicast: { ...unicast, table: [other] }, vlan: { mode: 'all' as const, table: [] } }),
  ).toEqual([]);
});

describe('promiscuous', () => {
  test.each<[vlans: number[], ofHost: boolean, ofGuest: boolean, to: boolean | undefined]>([
    [[0], false, false, true],
    [[0], false, true, true],
    [[5, 0], true, false, undefined],
    [[0], true, true, undefined],
    [[], false, true, true],
    [[], true, false, false],
    [[], true, true, undefined],
    [[], false, false, undefined],
  ])('with VLANs %j, host %s, guest %s becomes %s', (table, ofHost, ofGuest, to) => {
    const expected = to === undefined ? [] : [{ do: 'flags', to: { promiscuous: to } }];
    expect(steps({ promiscuous: ofHost }, { promiscuous: ofGuest, vlan: { mode: 'normal', table } })).toEqual(expected);
  });
});

describe('multicast', () => {
  const all = { allMulticast: true, multicast: true };
  const normal = { allMulticast: false, multicast: true };
  const none = { allMulticast: false, multicast: false };
  test.each<[ofHost: typeof all, mode: RxFilterMode, overflow: boolean, to: object | undefined]>([
    [normal, 'all', false, { allMulticast: true }],
    [none, 'all', true, { allMulticast: true }],
    [all, 'all', false, undefined],
    [all, 'normal', false, { multicast: true, allMulticast: false }],
    [all, 'normal', true, undefined],
    [normal, 'normal', false, undefined],
    [normal, 'normal', true, { multicast: true, allMulticast: true }],
    [none, 'normal', false, { multicast: true, allMulticast: false }],
    [none, 'normal', true, { multicast: true, allMulticast: true }],
    [all, 'none', false, { allMulticast: false, multicast: false }],
    [normal, 'none', false, { allMulticast: false, multicast: false }],
    [none, 'none', true, undefined],
  ])('of a host that has %j, for a guest in mode %s (overflow: %s)', (ofHost, mode, overflow, to) => {
    const expected = to === undefined ? [] : [{ do: 'flags', to }];
    expect(steps(ofHost, { multicast: { mode, overflow, table: [] } })).toEqual(expected);
  });
});
