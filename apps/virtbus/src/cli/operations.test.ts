import { beforeEach, expect, test } from 'vitest';
import { FakeCommandLine } from './fake/command-line.js';
import { fakeDomain } from './fake/fake-domains.js';

const xml = `<domain type='qemu'><name>web</name><memory unit='MiB'>128</memory><vcpu current='1'>2</vcpu><os><type>hvm</type></os><devices>
  <disk type='file' device='disk'><source file='/images/web.img'/><target dev='vda' bus='virtio'/></disk>
  <graphics type='vnc' port='5901' listen='127.0.0.1'/></devices></domain>`;
let line: FakeCommandLine;
beforeEach(() => {
  line = new FakeCommandLine();
  line.fleet.state.domains.add(fakeDomain(xml, { id: 3, state: 'running', reason: 'booted', hostId: 'host-a' }));
  line.fleet.state.stats = {
    'state.state': 1,
    'cpu.time': 2_500_000_000,
    'cpu.user': 2_000_000_000,
    'cpu.system': 500_000_000,
    'balloon.current': 65_536,
    'balloon.rss': 40_000,
    'vcpu.current': 1,
    'vcpu.maximum': 2,
    'vcpu.0.state': 1,
    'vcpu.0.time': 2_300_000_000,
    'net.count': 1,
    'net.0.name': 'vnet0',
    'net.0.rx.bytes': 10,
    'net.0.tx.pkts': 4,
    'block.count': 1,
    'block.0.name': 'vda',
    'block.0.path': '/images/web.img',
    'block.0.rd.reqs': 7,
    'block.0.capacity': 1024,
    'block.0.allocation': 512,
  };
});

/** Output as virsh 9.0 shows it; the empty line after it is everybody's. */
test.each<[string, string[], string]>([
  ['setmem says nothing', ['setmem', 'web', '64M', '--live'], ''],
  ['keys', ['send-key', 'web', '--codeset', 'linux', 'KEY_LEFTCTRL', 'KEY_DELETE', '0x1c'], ''],
  ['title', ['desc', 'web', '--title', 'my', 'server'], 'Domain title updated successfully\n'],
  ['no description', ['desc', 'web'], 'No description for domain: web\n'],
  ['metadata', ['metadata', 'web', 'urn:x', '--key', 'x', '--set', '<a/>'], 'Metadata modified\n'],
  ['the human monitor', ['qemu-monitor-command', 'web', '--hmp', 'info', 'status'], 'VM status: running\n'],
  ['the monitor', ['qemu-monitor-command', 'web', '{"execute":"query-status"}'], '{"return":{"running":true},"id":"virtbus-1"}\n'],
  ['what the monitor returns', ['qemu-monitor-command', 'web', '--return-value', '{}'], '{"running":true}\n'],
  ['the agent', ['qemu-agent-command', 'web', '{"execute":"guest-ping"}'], '{"return": {}}\n'],
  ['counters', ['domstats', 'web', '--cpu-total'], "Domain: 'web'\n  cpu.time=2500000000\n  cpu.user=2000000000\n  cpu.system=500000000\n"],
  [
    'processor time',
    ['cpu-stats', 'web', '--total'],
    'Total:\n\tcpu_time            2.500000000 seconds\n\tuser_time           2.000000000 seconds\n\tsystem_time         0.500000000 seconds\n',
  ],
  ['memory', ['dommemstat', 'web'], 'actual 65536\nrss 40000\n'],
  [
    'an interface',
    ['domifstat', 'web', 'vnet0'],
    'vnet0 rx_bytes 10\nvnet0 rx_packets 0\nvnet0 rx_errs 0\nvnet0 rx_drop 0\nvnet0 tx_bytes 0\nvnet0 tx_packets 4\nvnet0 tx_errs 0\nvnet0 tx_drop 0\n',
  ],
  ['a disk by its source', ['domblkinfo', 'web', '/images/web.img'], 'Capacity:       1024\nAllocation:     512\nPhysical:       0\n'],
  [
    'disks',
    ['domblklist', 'web', '--details'],
    ' Type   Device   Target   Source\n-------------------------------------------\n file   disk     vda      /images/web.img\n',
  ],
  ['processors', ['vcpuinfo', 'web'], 'VCPU:           0\nCPU:            N/A\nState:          running\nCPU time:       2.3s\n'],
  [
    'how many processors',
    ['vcpucount', 'web'],
    'maximum      config         2\nmaximum      live           2\ncurrent      config         1\ncurrent      live           1\n',
  ],
  ['how many processors at most', ['vcpucount', 'web', '--maximum', '--live'], '2\n'],
  ['that it takes orders', ['domcontrol', 'web'], 'ok\n'],
  ['that nothing long is done', ['domjobinfo', 'web'], 'Job type:         None\n'],
  ['the VNC display', ['vncdisplay', 'web'], '127.0.0.1:1\n'],
  ['the display', ['domdisplay', 'web'], 'vnc://127.0.0.1:1\n'],
])('%s', async (_, words, out) => {
  expect(await line.answer(...words)).toEqual({ status: 0, out: `${out}\n`, err: '' });
});

test.each<[string, string[], string]>([
  ['memory above the maximum', ['setmem', 'web', '1G'], 'error: invalid argument: cannot set memory higher than max memory\n'],
  [
    'the maximum of what runs',
    ['setmaxmem', 'web', '1G'],
    'error: Unable to change MaxMemorySize\nerror: Requested operation is not valid: cannot resize the maximum memory on an active domain\n',
  ],
  ['a size that is none', ['setmem', 'web', 'much'], "error: Scaled numeric value 'much' for <size> option is malformed or out of range\n"],
  ['two ways at once', ['setmem', 'web', '1', '--current', '--live'], 'error: Options --current and --live are mutually exclusive\n'],
  ['a key that is none', ['send-key', 'web', 'KEY_NONE'], "error: invalid keycode: 'KEY_NONE'\n"],
  ['a codeset that is none', ['send-key', 'web', '--codeset', 'x', '1'], "error: unknown codeset: 'x'\n"],
  [
    'an interface that is none',
    ['domifstat', 'web', 'x'],
    "error: Failed to get interface stats web x\nerror: invalid argument: invalid path, 'x' is not a known interface\n",
  ],
  ['metadata that is none', ['metadata', 'web', 'urn:none'], 'error: metadata not found: Requested metadata element is not present\n'],
  ['two edits at once', ['metadata', 'web', 'urn:x', '--edit', '--remove'], 'error: Options --remove and --edit are mutually exclusive\n'],
  ['a display of another type', ['domdisplay', 'web', '--type', 'spice'], "error: No graphical display with type 'spice' found\n"],
])('%s is refused in virsh’s words', async (_, words, err) => {
  expect(await line.answer(...words)).toMatchObject({ status: 1, err });
});

test('keys are sent by number', async () => {
  await line.run('send-key', 'web', 'KEY_LEFTCTRL', 'KEY_LEFTALT', 'KEY_F1');
  expect(line.fleet.sent.at(-1)?.payload).toMatchObject({ keys: { codeset: 'linux', keycodes: [29, 56, 59] } });
});

test('a picture is put together from its pieces', async () => {
  expect((await line.answer('screenshot', 'web', 'web.png')).out).toBe('Screenshot saved to web.png, with type of image/png\n\n');
  expect(line.surroundings.files.get('web.png')).toBe('\u0089PNG!');
});
