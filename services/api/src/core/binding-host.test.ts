import { Refusal } from '@virtbus/contracts';
import { expect, test } from 'vitest';
import { hostOfBinding, type BindingPlace } from './binding-host.js';

const nothing: BindingPlace = {
  portDev: 'veth0',
  called: undefined,
  written: undefined,
  ofOwner: undefined,
  isHost: (id) => ['a', 'b', 'left'].includes(id),
  hosts: ['a', 'b'],
};
const answer = (place: Partial<BindingPlace>): string => {
  try {
    return hostOfBinding({ ...nothing, ...place });
  } catch (thrown) {
    return thrown instanceof Refusal ? `${thrown.code}: ${thrown.message}` : expect.unreachable(String(thrown));
  }
};

test.each<[string, Partial<BindingPlace>, string]>([
  ['the call', { called: 'b' }, 'b'],
  ['the XML', { written: 'b' }, 'b'],
  ['the call, though the host has left', { called: 'left' }, 'left'],
  ['both alike', { called: 'b', written: 'b' }, 'b'],
  ['the call, wherever the owner is', { called: 'b', ofOwner: 'a' }, 'b'],
  ['the XML, wherever the owner is', { written: 'b', ofOwner: 'a' }, 'b'],
  ['its owner', { ofOwner: 'b' }, 'b'],
  ['there being no other', { hosts: ['a'] }, 'a'],
])('the host is told by %s', (_, place, host) => expect(answer(place)).toBe(host));

test.each<[string, Partial<BindingPlace>, string]>([
  ['two that differ', { called: 'a', written: 'b' }, 'invalid_argument: invalid argument: the binding says host b, and the call host a'],
  ['one that there is not', { called: 'c' }, "no_host: no host with id 'c'; 'virtbus hosts' lists them"],
  ['one that there is not, in the XML', { written: 'c', ofOwner: 'a' }, "no_host: no host with id 'c'"],
  ['none, of several', {}, "invalid_argument: invalid argument: which host's link 'veth0' is meant: name it, by <virtbus:placement xmlns"],
  ['none, of none', { hosts: [] }, 'no_host: the fleet has no host'],
])('it is refused to guess from %s', (_, place, words) => expect(answer(place)).toContain(words));

test('the refusal names what could be meant', () => expect(answer({})).toContain('there are a, b'));
