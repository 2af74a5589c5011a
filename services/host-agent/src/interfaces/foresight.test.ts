import { expect, test } from 'vitest';
import { mac, network, portOf } from '../test-world.js';
import { Foresight } from './foresight.js';

const other = '52:54:00:00:00:02';
const wish = { mac, network: 'lab' };

function learned(): Foresight {
  const foresight = new Foresight();
  foresight.learn([wish], { ports: [portOf(wish)], networks: [network] });
  return foresight;
}

test('the same is expected for any MAC, and each network once', () =>
  expect(learned().of([wish, { mac: other, network: 'lab' }])).toEqual({
    ports: [portOf({ mac }), portOf({ mac: other })],
    networks: [network],
  }));

test.each([
  ['another network', { mac, network: 'dmz' }],
  ['another port group', { mac, network: 'lab', portGroup: 'fast' }],
  ['a bandwidth', { mac, network: 'lab', bandwidth: { inbound: { average: 1 } } }],
])('nothing is expected for %s', (_, unknown) => expect(learned().of([wish, unknown])).toBeUndefined());
