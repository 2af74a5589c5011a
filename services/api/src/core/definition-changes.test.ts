import { expect, test } from 'vitest';
import { parseDomain, type DomainDef } from '@virtbus/libvirt-xml';
import { withMaxMemory, withMaxVcpus, withMemory, withTunedInterface, withVcpus } from './definition-changes.js';

const domain = (inner = '<vcpu current="2">4</vcpu>'): DomainDef =>
  parseDomain(
    `<domain type='qemu'><name>web</name><memory>65536</memory><currentMemory>32768</currentMemory>${inner}<os><type>hvm</type></os></domain>`,
  );
const sizes = ({ memory, currentMemory, vcpu }: DomainDef) => [memory?.value, currentMemory, vcpu.value, vcpu.current];

test.each<[string, DomainDef, (number | undefined)[]]>([
  ['memory below the maximum', withMemory(domain(), 65_536), [65_536, 65_536, 4, 2]],
  ['a higher maximum', withMaxMemory(domain(), 131_072), [131_072, 32_768, 4, 2]],
  ['a maximum below what it has', withMaxMemory(domain(), 16_384), [16_384, 16_384, 4, 2]],
  ['more processors', withVcpus(domain(), 3), [65_536, 32_768, 4, 3]],
  ['all processors', withVcpus(domain(), 4), [65_536, 32_768, 4, undefined]],
  ['a higher maximum of processors', withMaxVcpus(domain(), 8), [65_536, 32_768, 8, 2]],
  ['a maximum below what it has of processors', withMaxVcpus(domain(), 1), [65_536, 32_768, 1, undefined]],
])('%s', (_, changed, expected) => expect(sizes(changed)).toEqual(expected));

test('processors that are told apart follow', () => {
  const single = domain(
    `<vcpu current='1'>2</vcpu><vcpus><vcpu id='0' enabled='yes' hotpluggable='no'/><vcpu id='1' enabled='no' hotpluggable='yes'/></vcpus>`,
  );
  expect(withVcpus(single, 2).vcpus?.vcpu.map(({ enabled }) => enabled)).toEqual([true, true]);
});

test('the limits of one interface are changed, and of no other', () => {
  const nic = (mac: string) => `<interface type='network'><mac address='${mac}'/><source network='lab'/></interface>`;
  const two = domain(`<devices>${nic('52:54:00:00:00:01')}${nic('52:54:00:00:00:02')}</devices>`);
  const changed = withTunedInterface(two, '52:54:00:00:00:02', { inbound: { average: 9 } });
  expect(changed.devices.interface.map(({ bandwidth }) => bandwidth)).toEqual([undefined, { inbound: { average: 9 } }]);
  expect(() => withTunedInterface(two, 'vnet0', {})).toThrow("'vnet0' is not a known interface");
});

test.each<[string, () => DomainDef, string]>([
  ['memory above the maximum', () => withMemory(domain(), 65_537), 'cannot set memory higher than max memory'],
  ['processors above the maximum', () => withVcpus(domain(), 5), '5 > 4'],
  [
    'a maximum that the topology forbids',
    () => withMaxVcpus(domain(`<vcpu>2</vcpu><cpu><topology sockets='1' cores='2' threads='1'/></cpu>`), 4),
    'CPU topology does not match',
  ],
])('%s is refused', (_, change, words) => expect(change).toThrow(words));
