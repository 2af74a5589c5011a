import { beforeEach, describe, expect, test } from 'vitest';
import { FakeCommandLine } from './fake/command-line.js';
import { fakeDomain } from './fake/fake-domains.js';

const xml = `<domain type='qemu'><name>web</name><memory unit='MiB'>128</memory><vcpu>2</vcpu><os><type>hvm</type></os>
  <cputune><vcpupin vcpu='1' cpuset='0-1,3'/><emulatorpin cpuset='2'/></cputune><devices>
  <disk type='file' device='disk'><source file='/images/web.img'/><target dev='vda' bus='virtio'/>
    <iotune><read_bytes_sec>5</read_bytes_sec><group_name>g</group_name></iotune></disk></devices></domain>`;
const host = { hostId: 'host-a', memoryMiB: 1, arch: 'x86_64', cordoned: false, alive: true } as const;
let line: FakeCommandLine;
beforeEach(() => {
  line = new FakeCommandLine();
  const { state } = line.fleet;
  state.domains.add(fakeDomain(xml, { id: 3, state: 'running', reason: 'booted', hostId: 'host-a' }));
  const other = 'c7a5fdbd-edaf-9455-926a-d65c16db1810';
  state.domains.add(fakeDomain(xml.replace('web', 'off').replace(/<cputune>.*<\/cputune>/, ''), { uuid: other }));
  line.fleet.hosts = [Object.assign({}, host, { cpus: 8 }), Object.assign({}, host, { hostId: 'host-b', cpus: 4 })] as never;
});

const limits = `total_bytes_sec: 0
read_bytes_sec : 5
write_bytes_sec: 0
total_iops_sec : 0
read_iops_sec  : 0
write_iops_sec : 0
total_bytes_sec_max: 0
read_bytes_sec_max: 0
write_bytes_sec_max: 0
total_iops_sec_max: 0
read_iops_sec_max: 0
write_iops_sec_max: 0
size_iops_sec  : 0
group_name     : g
total_bytes_sec_max_length: 0
read_bytes_sec_max_length: 0
write_bytes_sec_max_length: 0
total_iops_sec_max_length: 0
read_iops_sec_max_length: 0
write_iops_sec_max_length: 0
`;

/** As virsh 9.0 shows it. */
test.each<[string, string]>([
  ['vcpupin web', ' VCPU   CPU Affinity\n----------------------\n 0      0-7\n 1      0-1,3\n'],
  ['vcpupin web 1', ' VCPU   CPU Affinity\n----------------------\n 1      0-1,3\n'],
  ['vcpupin off --config', ' VCPU   CPU Affinity\n----------------------\n 0      0-11\n 1      0-11\n'],
  ['emulatorpin web', 'emulator: CPU Affinity\n----------------------------------\n       *: 2\n'],
  ['emulatorpin off', 'emulator: CPU Affinity\n----------------------------------\n       *: 0-11\n'],
  ['blkdeviotune web vda', limits],
  ['blkdeviotune web /images/web.img --live', limits],
])('%s', async (words, out) => {
  expect(await line.answer(...words.split(' '))).toEqual({ status: 0, out: `${out}\n`, err: '' });
});

test.each<[string, string, object]>([
  ['vcpupin web 1 0-3,^2 --live --config', 'pinThread', { pin: { vcpu: 1, cpuset: '0-1,3' }, live: true, config: true }],
  ['vcpupin web --vcpu=0 --cpulist r', 'pinThread', { pin: { vcpu: 0, cpuset: '0-11' }, live: true }],
  ['vcpupin off 0 0 --current', 'pinThread', { pin: { vcpu: 0, cpuset: '0' } }],
  ['emulatorpin web 0', 'pinThread', { pin: { cpuset: '0' }, live: true }],
  ['vcpupin web 0 0,', 'pinThread', { pin: { vcpu: 0, cpuset: '0' } }],
  ['emulatorpin web 3-4 --config', 'pinThread', { pin: { cpuset: '3-4' }, config: true }],
  ['blkdeviotune web vda 1M', 'tuneDisk', { tuning: { disk: 'vda', limits: { totalBytesSec: 1_048_576 } } }],
  [
    'blkdeviotune web vda --size-iops-sec 512 --group-name x --write-iops-sec-max-length 3 --live',
    'tuneDisk',
    { tuning: { disk: 'vda', limits: { sizeIopsSec: 512, groupName: 'x', writeIopsSecMaxLength: 3 } }, live: true },
  ],
])('%s orders it and says nothing', async (words, name, payload) => {
  expect(await line.answer(...words.split(' '))).toEqual({ status: 0, out: '\n', err: '' });
  expect(line.fleet.sent.at(-1)).toMatchObject({ name, payload: { ...payload, domain: words.split(' ')[1] } });
  if (words.includes('--current')) expect(line.fleet.sent.at(-1)?.payload).not.toHaveProperty('live');
});

const asked = 'Unable to get block I/O throttle parameters';
const number = 'Unable to get number of block I/O throttle parameters';
const both = "Flags 'VIR_DOMAIN_AFFECT_LIVE' and 'VIR_DOMAIN_AFFECT_CONFIG' are mutually exclusive";
const unread = 'Unable to parse integer parameter';
const notRunning = 'Requested operation is not valid: domain is not running';
describe('refused in virsh’s words', () => {
  test.each<[string, string[]]>([
    ['vcpupin nope', ["failed to get domain 'nope'"]],
    ['vcpupin web 7', ['vcpu 7 is out of range of live cpu count 2']],
    ['vcpupin off 7', ['vcpu 7 is out of range of persistent cpu count 2']],
    ['vcpupin web x 0', ["Numeric value 'x' for <vcpu> option is malformed or out of range"]],
    ['vcpupin web --cpulist 0', ['vcpupin: Missing vCPU number in pin mode.']],
    ['vcpupin web 0 foo', ["Invalid cpulist 'foo'", "invalid argument: Failed to parse bitmap 'foo'"]],
    ['vcpupin web 0 --cpulist=', ["Invalid cpulist ''", "invalid argument: Failed to parse bitmap ''"]],
    ['vcpupin web 0 ^1', ["Invalid cpulist '^1'"]],
    ['vcpupin web 0 0-12', ["CPU 12 in cpulist '0-12' exceed the maxcpu 12"]],
    ['vcpupin web --live --config', ['Options --live and --config are mutually exclusive']],
    ['vcpupin web 0 0 --live --current', ['Options --current and --live are mutually exclusive']],
    ['vcpupin off --live', ['cannot get vcpupin for offline domain']],
    ['emulatorpin off --live', [notRunning]],
    ['emulatorpin web --live --config', [both]],
    ['emulatorpin web 9-12', ["CPU 12 in cpulist '9-12' exceed the maxcpu 12"]],
    ['blkdeviotune web vdq', [asked, "invalid argument: disk 'vdq' not found in domain"]],
    ['blkdeviotune off vdq', [asked, "invalid argument: disk 'vdq' was not found in the domain config"]],
    ['blkdeviotune web vda --live --config', [number, both]],
    ['blkdeviotune off vda --live', [number, notRunning]],
    ['blkdeviotune web vdq 5', ['Unable to change block I/O throttle', "invalid argument: disk 'vdq' not found in domain"]],
    [
      'blkdeviotune web vda --total-bytes-sec x',
      ["Scaled numeric value 'x' for <total-bytes-sec> option is malformed or out of range", unread],
    ],
    [
      'blkdeviotune web vda --total-bytes-sec 1xb',
      [
        "Scaled numeric value '1xb' for <total-bytes-sec> option is malformed or out of range",
        unread,
        "invalid argument: unknown suffix 'xb'",
      ],
    ],
    ['blkdeviotune web vda --total-iops-sec 10k', ["Numeric value '10k' for <total-iops-sec> option is malformed or out of range", unread]],
  ])('%s', async (words, lines) => {
    const err = lines.map((text) => `error: ${text}\n`).join('');
    expect(await line.answer(...words.split(' '))).toEqual({ status: 1, out: '\n', err });
    expect(line.fleet.sent.filter(({ payload }) => !JSON.stringify(payload).includes('vdq'))).toEqual([]);
  });
});

test('programs are told the same', async () => {
  const json = async (...words: string[]): Promise<unknown> => JSON.parse((await line.answer(...words, '--json')).out);
  expect(await json('vcpupin', 'web', '1')).toEqual([{ vcpu: 1, cpuset: '0-1,3' }]);
  expect(await json('emulatorpin', 'web')).toEqual({ cpuset: '2' });
  expect(await json('blkdeviotune', 'web', 'vda')).toEqual({ disk: 'vda', limits: { readBytesSec: 5, groupName: 'g' } });
});
