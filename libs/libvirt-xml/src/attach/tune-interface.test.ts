import { expect, test } from 'vitest';
import { parseInterface } from '../index.js';
import { namedInterface, tunedInterface, type InterfaceTuning } from './tune-interface.js';

const net = parseInterface(
  `<interface type='network'><mac address='52:54:00:00:00:01'/><source network='lab'/><target dev='t0'/>
    <bandwidth><inbound average='1000' peak='2000'/><outbound average='64'/></bandwidth></interface>`,
);

test.each<[string, InterfaceTuning, object | undefined]>([
  ['nothing', {}, { inbound: { average: 1000, peak: 2000 }, outbound: { average: 64 } }],
  ['one direction as a whole', { inbound: { average: 5, burst: 7 } }, { inbound: { average: 5, burst: 7 }, outbound: { average: 64 } }],
  ['a limit taken away', { inbound: { average: 0 } }, { outbound: { average: 64 } }],
  ['the last one', { inbound: { average: 0 }, outbound: { average: 0, peak: 9 } }, undefined],
  ['a floor alone', { inbound: { floor: 9 } }, { inbound: { floor: 9 }, outbound: { average: 64 } }],
])('%s', (_, tuning, bandwidth) => expect(tunedInterface(net, tuning).bandwidth).toEqual(bandwidth));

test('an interface is known by MAC address or link', () => {
  expect([namedInterface([net], 't0'), namedInterface([net], '52:54:00:00:00:01')]).toEqual([0, 0]);
  expect(() => namedInterface([net], 't9')).toThrow("'t9' is not a known interface");
});
