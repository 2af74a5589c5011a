import { expect, test } from 'vitest';
import { knowsSyncInterval } from './binary.js';
import { configText, placesIn } from './config.js';

const places = placesIn('/var/lib/virtbus "x"');

test('the configuration listens on the loopback only', () => {
  expect(configText({ places, port: 4222, syncAlways: true })).toMatch(/^host: 127\.0\.0\.1$/m);
});

test.each([
  [0, 'port: -1'],
  [4222, 'port: 4222'],
])('port %d is written as %s', (port, line) => expect(configText({ places, port, syncAlways: true }).split('\n')).toContain(line));

test('a path with quotes stays one path', () => {
  expect(configText({ places, port: 0, syncAlways: true })).toContain(String.raw`store_dir: "/var/lib/virtbus \"x\"/store"`);
});

test.each([
  ['2.9.10', false],
  ['2.10.0', true],
  ['2.15.1', true],
  ['3.0.0', true],
])('nats-server %s is told to write through: %s', (text, knows) => {
  const [major = 0, minor = 0] = text.split('.').map(Number);
  expect(knowsSyncInterval({ text, major, minor })).toBe(knows);
  expect(configText({ places, port: 0, syncAlways: knows }).includes('sync_interval')).toBe(knows);
});
