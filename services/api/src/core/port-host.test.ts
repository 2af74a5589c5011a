import { expect, test } from 'vitest';
import { Refusal } from '@virtbus/contracts';
import { portHostOf, type PortPlaces } from './port-host.js';

const on = (...ids: string[]): PortPlaces['hosts'] => ids.map((hostId) => ({ hostId, reports: true }));
const silent = (hostId: string) => ({ hostId, reports: false });
const places = (hosts: PortPlaces['hosts'], more: Partial<PortPlaces> = {}): PortPlaces => ({
  named: undefined,
  ofOwner: undefined,
  hosts,
  ...more,
});

function answer(given: PortPlaces): string {
  try {
    return portHostOf(given);
  } catch (thrown) {
    return thrown instanceof Refusal ? `${thrown.code}: ${thrown.message}` : String(thrown);
  }
}

test.each<[string, PortPlaces, string]>([
  ['the one that its XML names', places(on('h1', 'h2'), { named: 'h2', ofOwner: 'h1' }), 'h2'],
  ["its owner's", places(on('h1', 'h2'), { ofOwner: 'h2' }), 'h2'],
  ["the fleet's only one", places(on('h1')), 'h1'],
])('a port is on %s', (_, given, expected) => expect(answer(given)).toBe(expected));

test.each<[string, PortPlaces, string]>([
  [
    'nothing says where',
    places(on('h1', 'h2')),
    '<virtbus:placement xmlns:virtbus="urn:virtbus:port:1" host="…"/> to <networkport>, with one of h1, h2',
  ],
  ['there are many hosts', places(on('1', '2', '3', '4', '5', '6', '7', '8', '9')), 'with one of 1, 2, 3, 4, 5, 6, 7, 8, …'],
  ['the host is none', places(on('h1'), { named: 'h9' }), "no_host: no host of the fleet has the id 'h9', or it has left"],
  ["its owner's host is gone", places(on('h1'), { ofOwner: 'h9' }), "no_host: no host of the fleet has the id 'h9'"],
  ['the host is silent', places([silent('h1')]), "host_unreachable: host 'h1' does not report"],
  ['a second host is silent', places([...on('h1'), silent('h2')]), 'config_unsupported: '],
  ['there is no host', places([]), 'no_host: the fleet has no host'],
])('a port is nowhere when %s', (_, given, words) => expect(answer(given)).toContain(words));
