import { expect, test } from 'vitest';
import { formatDomain, parseDomain } from '../index.js';
import { withPin, type ThreadPin } from './pin-thread.js';

const domainOf = (cputune: string) =>
  parseDomain(`<domain type='kvm'><name>a</name><memory>1</memory><vcpu>3</vcpu>${cputune}<os><type>hvm</type></os></domain>`);
const pins = (cputune: string, pin: ThreadPin) => {
  const xml = formatDomain(withPin(domainOf(cputune), pin, 'live'));
  return [...xml.matchAll(/<(?:vcpupin|emulatorpin) [^>]*>/g)].map(([text]) => text);
};
const before = "<cputune><vcpupin vcpu='2' cpuset='2'/><emulatorpin cpuset='1'/></cputune>";

test.each<[string, string, ThreadPin, string[]]>([
  ['the first of all', '', { vcpu: 1, cpuset: '0,1,2' }, ["<vcpupin vcpu='1' cpuset='0-2'/>"]],
  ['the emulator', '', { cpuset: '3' }, ["<emulatorpin cpuset='3'/>"]],
  [
    'one more',
    before,
    { vcpu: 0, cpuset: '0' },
    ["<vcpupin vcpu='0' cpuset='0'/>", "<vcpupin vcpu='2' cpuset='2'/>", "<emulatorpin cpuset='1'/>"],
  ],
  ['one elsewhere', before, { vcpu: 2, cpuset: '0-1' }, ["<vcpupin vcpu='2' cpuset='0-1'/>", "<emulatorpin cpuset='1'/>"]],
  ['the emulator elsewhere', before, { cpuset: '0-1' }, ["<vcpupin vcpu='2' cpuset='2'/>", "<emulatorpin cpuset='0-1'/>"]],
])('%s', (_, cputune, pin, expected) => expect(pins(cputune, pin)).toEqual(expected));

test.each<[ThreadPin, string]>([
  [{ vcpu: 3, cpuset: '0' }, 'invalid argument: vcpu 3 is out of range of live cpu count 3'],
  [{ vcpu: 0, cpuset: '' }, 'invalid argument: Empty cpu list for pinning'],
  [{ cpuset: 'x' }, 'invalid argument: Empty cpu list for pinning'],
])('%j is refused', (pin, words) => expect(() => pins('', pin)).toThrow(words));
