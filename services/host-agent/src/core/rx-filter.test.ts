import { describe, expect, test } from 'vitest';
import { parseRxFilter } from './rx-filter.js';

const answer = {
  name: 'net0',
  'main-mac': '52:54:00:01:02:05',
  promiscuous: false,
  'broadcast-allowed': true,
  unicast: 'normal',
  'unicast-overflow': false,
  'unicast-table': ['52:54:00:01:02:06'],
  multicast: 'all',
  'multicast-overflow': true,
  'multicast-table': ['01:00:5E:00:00:01', '33:33:00:00:00:01'],
  vlan: 'none',
  'vlan-table': [5, 0],
};

test('every field is read, and what is unknown passed over', () =>
  expect(parseRxFilter([{ ...answer, 'of-a-later-qemu': 1 }])).toEqual({
    name: 'net0',
    mac: '52:54:00:01:02:05',
    promiscuous: false,
    broadcastAllowed: true,
    unicast: { mode: 'normal', overflow: false, table: ['52:54:00:01:02:06'] },
    multicast: { mode: 'all', overflow: true, table: ['01:00:5e:00:00:01', '33:33:00:00:00:01'] },
    vlan: { mode: 'none', table: [5, 0] },
  }));

describe('is refused:', () => {
  test.each(Object.keys(answer))('an answer without %s', (field) => {
    const { [field as keyof typeof answer]: _, ...rest } = answer;
    expect(() => parseRxFilter([rest])).toThrow(expect.objectContaining({ code: 1, message: expect.stringContaining(field) }));
  });

  test.each<[string, string, unknown]>([
    ['a name that is none', 'name', 7],
    ['a MAC that is none', 'main-mac', '52:54:00'],
    ['a word for yes', 'promiscuous', 'yes'],
    ['a mode that is none', 'unicast', 'some'],
    ['a mode of another field', 'vlan', true],
    ['a table that is none', 'multicast-table', 'all'],
    ['a table with a bad element', 'unicast-table', ['52:54:00:01:02:06', 'x']],
    ['a VLAN below', 'vlan-table', [-1]],
    ['a VLAN above', 'vlan-table', [4096]],
    ['half a VLAN', 'vlan-table', [0.5]],
  ])('%s', (_, field, value) => {
    expect(() => parseRxFilter([{ ...answer, [field]: value }])).toThrow(
      expect.objectContaining({ message: expect.stringContaining(field) }),
    );
  });

  test.each([
    ['no array', answer],
    ['an empty one', []],
    ['nothing', undefined],
    ['an array of something else', [7]],
  ])('%s', (_, reply) => {
    expect(() => parseRxFilter(reply)).toThrow(expect.objectContaining({ code: 1 }));
  });
});
