import { expect, test } from 'vitest';
import { commonVersion, fleetNode, versionNumber } from './fleet-node.js';
import { withHost, withoutHost } from './live-metadata.js';

const plain = "<domain type='qemu' id='1'>\n  <name>a</name>\n  <memory unit='KiB'>1</memory>\n</domain>\n";
const withOwn = plain.replace('  <memory', '  <metadata>\n    <app:x xmlns:app="u"/>\n  </metadata>\n  <memory');

test.each([
  ['without metadata', plain],
  ['with metadata of its own', withOwn],
])('a host is put into XML %s, and taken out again', (_, xml) => {
  const shown = withHost(xml, 'host-a');
  expect(shown).toContain('<virtbus:placement xmlns:virtbus="urn:virtbus:domain:1" host="host-a"/>');
  expect(withoutHost(shown)).toBe(xml);
});

test('what is no word of ours stays', () => expect(withoutHost(withOwn)).toBe(withOwn));

const host = (more: object) => ({ arch: 'x86_64', cpus: 4, memoryMiB: 1000, qemuVersion: '7.2.22', ...more }) as never;

test('hosts add up', () => {
  const claims = [{ hostId: 'a', claims: [{ uuid: 'u', epoch: 1, demand: { type: 'qemu', arch: 'x86_64', memoryMiB: 100, vcpus: 1 } }] }];
  const node = fleetNode(
    [host({ cpuMHz: 2600 }), host({ cpus: 2, memoryMiB: 500, cpuMHz: 2100 }), host({ cpus: 0, memoryMiB: 0 })],
    claims as never,
  );
  expect(node).toEqual({ model: 'x86_64', memoryKiB: 1_536_000n, freeMemoryBytes: 1400n * 1024n * 1024n, cpus: 6, mhz: 2100 });
});

test('a fleet without hosts is empty, not an error', () =>
  expect(fleetNode([], [])).toEqual({ model: 'x86_64', memoryKiB: 0n, freeMemoryBytes: 0n, cpus: 0, mhz: 0 }));

test('a version is libvirt’s number, and the fleet’s is its oldest', () => {
  expect(versionNumber('7.2.22')).toBe(7_002_022n);
  expect(commonVersion([host({}), host({ qemuVersion: '6.2.0' })])).toBe(6_002_000n);
  expect(commonVersion([])).toBe(0n);
});
