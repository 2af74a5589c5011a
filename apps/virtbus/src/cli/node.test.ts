import { beforeEach, expect, test } from 'vitest';
import { FakeCommandLine } from './fake/command-line.js';
import { fakeDomain } from './fake/fake-domains.js';

let line: FakeCommandLine;
beforeEach(() => {
  line = new FakeCommandLine();
  const host = { hostname: 'h', alive: true, cordoned: false, kvm: true, vcpusClaimed: 0, memoryClaimedMiB: 0, domains: 0 };
  line.fleet.hosts = [
    { ...host, hostId: 'a', arch: 'x86_64', cpus: 8, memoryMiB: 1024, cpuMHz: 2600 },
    { ...host, hostId: 'b', arch: 'aarch64', cpus: 4, memoryMiB: 512, cpuMHz: 1800 },
    { ...host, hostId: 'c', arch: 'x86_64', cpus: 4, memoryMiB: 512 },
  ];
  const disk = "<disk type='file'><source file='/a.img'/><target dev='vda'/></disk>";
  line.fleet.state.domains.add(fakeDomain(`<domain><name>web</name><devices>${disk}</devices></domain>`, { state: 'running', id: 1 }));
  line.fleet.state.domains.add(fakeDomain('<name>idle</name><uuid>c7a5fdbd-0000-0000-0000-000000000042</uuid>'));
});

test.each([
  [
    ['nodeinfo'],
    `CPU model:           aarch64 x86_64
CPU(s):              16
CPU frequency:       1800 MHz
CPU socket(s):       1
Core(s) per socket:  16
Thread(s) per core:  1
NUMA cell(s):        1
Memory size:         2097152 KiB

`,
  ],
  [['capabilities'], '<capabilities/>\n\n'],
  [['domcapabilities', 'kvm', '/q', 'x86_64', 'q35'], '<domainCapabilities>kvm /q x86_64 q35</domainCapabilities>\n\n'],
  [['iface-list'], ' Name   State   MAC Address\n-----------------------------\n\n'],
  [['nodedev-list'], '\n'],
  [['nodedev-list', '--cap', 'pci,net', '--all'], '\n'],
  [['snapshot-list', 'web'], ' Name   Creation Time   State\n-------------------------------\n\n'],
  [
    ['snapshot-list', 'web', '--parent', '--leaves'],
    ' Name   Creation Time   State   Parent\n----------------------------------------\n\n',
  ],
  [['snapshot-list', 'web', '--name'], '\n'],
  [['snapshot-list', 'web', '--tree'], '\n'],
  [['blockresize', 'web', 'vda', '1M'], "Block device 'vda' is resized\n\n"],
  [['domtime', 'web', '--now'], '\n'],
  [['domblkthreshold', 'web', 'vda', '20G'], '\n'],
  [['dompmsuspend', 'web', 'mem'], "Domain 'web' successfully suspended\n\n"],
  [['dompmwakeup', 'web'], "Domain 'web' successfully woken up\n\n"],
])('%j prints what virsh prints', async (words, out) => expect(await line.answer(...words)).toEqual({ status: 0, out, err: '' }));

const off = 'Requested operation is not valid: domain is not running';
test.each([
  [['iface-dumpxml', 'eth0'], "failed to get interface 'eth0'\nInterface not found: couldn't find interface named 'eth0'"],
  [
    ['iface-dumpxml', '52:54:00:00:99:99'],
    "failed to get interface '52:54:00:00:99:99'\nInterface not found: couldn't find interface with MAC address '52:54:00:00:99:99'",
  ],
  [['nodedev-dumpxml', 'x'], "Could not find matching device 'x'\nNode device not found: no node device with matching name 'x'"],
  [['nodedev-list', '--cap', 'pci,bogus'], 'Invalid capability type'],
  [['nodedev-list', '--tree', '--cap', 'pci'], 'Option --tree is incompatible with --cap and --inactive'],
  [['nodedev-list', '--inactive', '--all'], 'Option --all is incompatible with --inactive'],
  [['snapshot-list', 'nope'], "failed to get domain 'nope'"],
  [['snapshot-list', 'web', '--roots', '--parent'], 'Options --parent and --roots are mutually exclusive'],
  [['snapshot-list', 'web', '--tree', '--name'], 'Options --tree and --name are mutually exclusive'],
  [['snapshot-list', 'web', '--from', 'x'], "Domain snapshot not found: no domain snapshot with matching name 'x'"],
  [['blockresize', 'web', 'vda', 'x'], "Scaled numeric value 'x' for <size> option is malformed or out of range"],
  [
    ['blockresize', 'web', 'vdz', '5'],
    "Failed to resize block device 'vdz'\ninvalid argument: disk 'vdz' was not found in the domain config",
  ],
  [['blockresize', 'idle', 'vda', '5'], `Failed to resize block device 'vda'\n${off}`],
  [['domtime', 'idle'], off],
  [['guestinfo', 'idle'], off],
  [['guestinfo', 'nope'], "failed to get domain 'nope'"],
  [['domblkthreshold', 'web', 'vdz', '1'], "invalid argument: failed to find disk 'vdz'"],
  [['domblkthreshold', 'web', 'vda', '-1'], "Scaled numeric value '-1' for <threshold> option is malformed or out of range"],
  [['dompmsuspend', 'web', 'frob'], 'Invalid target'],
  [['dompmsuspend', 'idle', 'disk'], `Domain 'idle' could not be suspended\n${off}`],
  [
    ['dompmsuspend', 'web', 'mem', '--duration', '5'],
    "Domain 'web' could not be suspended\nargument unsupported: Duration not supported. Use 0 for now",
  ],
  [['dompmwakeup', 'nope'], "failed to get domain 'nope'"],
  [['domtime', 'web', '--time', '5', '--now'], 'Options --time and --now are mutually exclusive'],
  [['domtime', 'web', '--sync', '--now'], 'Options --now and --sync are mutually exclusive'],
  [['domtime', 'web', '--time', 'x'], "Numeric value 'x' for <time> option is malformed or out of range"],
  [['domtime', 'web'], "internal error: malformed return value of 'guest-get-time'"],
])('%j is refused in virsh’s words', async (words, complaint) => {
  const err = complaint
    .split('\n')
    .map((each) => `error: ${each}\n`)
    .join('');
  expect(await line.answer(...words)).toEqual({ status: 1, out: '\n', err });
});

test('a guest tells of itself; one part that it does not tell leaves the others', async () => {
  line.fleet.state.agentAnswer = '{"return": {"host-name": "h"}}';
  expect(JSON.parse((await line.answer('guestinfo', 'web', '--hostname', '--json')).out)).toEqual({ hostname: 'h' });
  line.fleet.state.agentAnswer = '{"error": {"desc": "no"}}';
  expect(await line.answer('guestinfo', 'web')).toEqual({ status: 0, out: '\n', err: '' });
  const { err } = await line.answer('guestinfo', 'web', '--hostname');
  expect(err).toBe("error: internal error: unable to execute QEMU agent command 'guest-get-host-name': no\n");
});

test('a guest tells its time', async () => {
  line.fleet.state.agentAnswer = '{"return": 1763716247476000000}';
  expect((await line.answer('domtime', 'web')).out).toBe('Time: 1763716247\n\n');
  expect((await line.answer('domtime', 'web', '--pretty')).out).toBe('Time: 2025-11-21 09:10:47\n\n');
  line.fleet.state.agentAnswer = '{"error": {"desc": "no"}}';
  expect((await line.answer('domtime', 'web')).err).toBe(
    "error: internal error: unable to execute QEMU agent command 'guest-get-time': no\n",
  );
});

test.each([
  [['domtime', 'web', '--time', '60'], { time: { seconds: 60 } }],
  [['domtime', 'web', '--sync'], { time: { seconds: 0, sync: true } }],
  [['blockresize', 'web', '/a.img', '3'], { size: { disk: '/a.img', bytes: 3072 } }],
])('%j asks for it', async (words, payload) => {
  await line.run(...words);
  expect(line.fleet.sent[0]?.payload).toMatchObject(payload);
});
