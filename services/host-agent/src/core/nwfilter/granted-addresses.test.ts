import { expect, test } from 'vitest';
import type { Port, PortAddress } from '@virtbus/contracts';
import { portOf } from '../../test-world.js';
import { FORMER_MS, GrantedAddresses } from './granted-addresses.js';

const ipv4 = (address: string): PortAddress => ({ family: 'ipv4', address });
const port: Port = { ...portOf({ mac: '52:54:00:00:00:01' }), addresses: [ipv4('10.0.0.5')] };
const addressesOf = ({ addresses = [] }: Port): string[] => addresses.map(({ address }) => address);

test('what was given at the start holds while nothing else is heard', () => {
  const granted = new GrantedAddresses();
  expect(granted.hear(port, [ipv4('10.0.0.5')], 0)).toBe(false);
  expect(granted.allowed(port, 0)).toBe(port);
});

test('another address is the port’s at once, and the former one until its lease has run out', () => {
  const granted = new GrantedAddresses();
  expect(granted.hear(port, [ipv4('10.0.0.8')], 1000)).toBe(true);
  expect(granted.hear(port, [ipv4('10.0.0.8')], 2000)).toBe(false);
  expect(addressesOf(granted.allowed(port, 1000))).toEqual(['10.0.0.8', '10.0.0.5']);
  expect(addressesOf(granted.allowed(port, 1000 + FORMER_MS))).toEqual(['10.0.0.8']);
});

test('one that comes back is there once, and one that has gone is not', () => {
  const granted = new GrantedAddresses();
  granted.hear(port, [ipv4('10.0.0.8')], 0);
  expect(granted.hear(port, [ipv4('10.0.0.5')], 1)).toBe(true);
  expect(addressesOf(granted.allowed(port, 2))).toEqual(['10.0.0.5']);
  granted.forget(port);
  expect(granted.allowed(port, 3)).toBe(port);
});
