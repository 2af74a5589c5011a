import { beforeEach, expect, test, vi } from 'vitest';
import { FakeCommandLine } from './fake/command-line.js';
import { fakeDomain } from './fake/fake-domains.js';
import { FleetError } from './fleet.js';
import { VERSION } from './version.js';

let line: FakeCommandLine;
beforeEach(() => {
  line = new FakeCommandLine();
  line.fleet.state.domains.add(fakeDomain('<name>web</name>'));
});

const RUNNING = { id: 17, state: 'running', reason: 'booted', hostId: 'host-a' } as const;
const run = (): void => void Object.assign([...line.fleet.state.domains][0] ?? {}, RUNNING);

test.each([
  ['a mistyped command suggests the meant one', ['lst'], "error: unknown command: 'lst'\nDid you mean 'list'?\n"],
  ['a word like no command points to the help', ['fandango'], "error: unknown command: 'fandango'\nSee 'virtbus help'.\n"],
  ['a name from the prototype is no command', ['toString'], "error: unknown command: 'toString'\nSee 'virtbus help'.\n"],
  ['an option from the prototype is no option', ['list', '--constructor'], "error: command 'list' doesn't support option --constructor\n"],
])('%s', async (_, words, err) => {
  expect(await line.answer(...words)).toEqual({ status: 1, out: '', err });
  expect(line.connections).toBe(0);
});

test.each([
  ['an unreachable fleet is told with what was tried', 'fleet_unreachable', "no answer at nats://x:1 (given by --url)\nrun 'virtbus up'"],
  ['a refusal without path', 'operation_failed', 'operation failed: it is Monday'],
])('%s', async (_, code, message) => {
  line.fleet.trouble = new FleetError(code, message);
  expect(await line.answer('list')).toEqual({ status: 1, out: '\n', err: `error: ${message}\n` });
});

test('what the fleet says against the XML is told with its place', async () => {
  line.surroundings.files.set('bad.xml', '<domain/>');
  line.fleet.trouble = new FleetError('config_unsupported', 'unsupported configuration: no such model', {
    path: '/domain/devices/interface[2]',
    libvirt: 67,
  });
  const { err } = await line.answer('define', 'bad.xml');
  expect(err).toBe(
    'error: Failed to define domain from bad.xml\nerror: unsupported configuration: no such model (at /domain/devices/interface[2])\n',
  );
});

test('a place that the words name already is not told twice', async () => {
  line.fleet.trouble = new FleetError('payload_invalid', 'xml must be text', { path: 'xml' });
  expect((await line.answer('list')).err).toBe('error: xml must be text\n');
});

test.each<[string, string[], object]>([
  ['one way is asked for', ['--mode', 'agent'], { mode: 'agent' }],
  ['a way said twice is one', ['--mode', 'acpi,acpi'], { mode: 'acpi' }],
  ['both ways leave it open', ['--mode', 'agent,acpi'], {}],
  ['no way leaves it open', [], {}],
])('of the ways to ask a guest to go down, %s', async (_, options, mode) => {
  run();
  await line.answer('shutdown', 'web', ...options);
  expect(line.fleet.sent).toMatchObject([{ name: 'shutdownDomain' }]);
  expect(line.fleet.sent[0]?.payload).toEqual({ domain: 'web', ...mode });
});

test('ways that guests of QEMU do not have are refused in the words of virsh', async () => {
  run();
  expect((await line.answer('reboot', 'web', '--mode', 'agent,initctl,signal')).err).toBe(
    "error: Failed to reboot domain 'web'\nerror: unsupported flags (0xc) in function qemuDomainReboot\n",
  );
  expect((await line.answer('shutdown', 'web', '--mode', 'foo')).err).toContain('Unknown mode foo value');
  expect(line.fleet.sent).toEqual([]);
});

test("an unschedulable domain is told with each host's reason", async () => {
  const words =
    "operation failed: no host can hold domain 'web': host-a: it is cordoned; host-b: 64 MiB of memory are free, 128 are wanted";
  line.fleet.state.startDomain = () => {
    throw new FleetError('unschedulable', words);
  };
  expect((await line.answer('start', 'web')).err).toBe(`error: Failed to start domain 'web'\nerror: ${words}\n`);
});

test('an error that is a bug is not swallowed', async () => {
  line.fleet.state.domain = () => {
    throw new TypeError('oops');
  };
  await expect(line.run('dominfo', 'web')).rejects.toThrow('oops');
});

test.each([
  ['the command', ['--json', 'dominfo', 'nope'], { code: 'no_domain', message: "failed to get domain 'nope'", libvirt: 42 }],
  ['usage', ['list', '--bogus', '--json'], { code: 'usage', message: "command 'list' doesn't support option --bogus" }],
  [
    'two lines',
    ['net-start', 'nope', '--json'],
    {
      code: 'no_network',
      message: "Network not found: no network with matching name 'nope'",
      doing: "failed to get network 'nope'",
      libvirt: 43,
    },
  ],
  [
    'a file',
    ['define', 'nope.xml', '--json'],
    { code: 'file_unreadable', message: "Failed to open file 'nope.xml': No such file or directory" },
  ],
])('--json: an error of %s is one document on standard error', async (_, words, error) => {
  const { status, out, err } = await line.answer(...words);
  expect([status, out, JSON.parse(err)]).toEqual([1, '', { error }]);
});

test.each([
  [['list', '--all', '--json'], [expect.objectContaining({ name: 'web', state: 'shutoff' })]],
  [['--json', 'domstate', 'web'], { state: 'shutoff', reason: 'shutdown' }],
  [['--json', 'domid', 'web'], { id: null }],
  [['dumpxml', 'web', '--json'], { xml: '<name>web</name>' }],
  [['start', 'web', '--json'], { uuid: expect.any(String), name: 'web' }],
  [['list', '--name', '--all', '--json'], [expect.objectContaining({ name: 'web' })]],
  [['net-list', '--json'], []],
  [['hosts', '--json'], []],
  [['version', '--json'], { virtbus: VERSION, libvirt: '9.0.0', node: process.version }],
  [
    ['event', '--list', '--json'],
    [
      ...['lifecycle', 'reboot', 'rtc-change', 'watchdog', 'io-error', 'graphics', 'io-error-reason', 'control-error', 'tray-change'],
      ...['pm-wakeup', 'pm-suspend', 'balloon-change', 'pm-suspend-disk', 'device-removed', 'tunable', 'agent-lifecycle'],
      ...['device-added', 'device-removal-failed', 'metadata-change', 'block-threshold', 'memory-failure', 'memory-device-size-change'],
      ...['placed'],
    ],
  ],
])('%j gives one JSON document', async (words, document) => {
  const { status, out } = await line.answer(...words);
  expect([status, JSON.parse(out)]).toEqual([0, document]);
});

test('colours are for terminals only', async () => {
  expect((await line.answer('fandango')).err).toMatch(/^error: /);
  line.surroundings.isTerminal = true;
  expect((await line.answer('fandango')).err).toContain('\u001b[31merror:\u001b[39m unknown');
  line.surroundings.environment['NO_COLOR'] = '1';
  expect((await line.answer('fandango')).err).toMatch(/^error: /);
});

test('control characters of a refusal do not reach the terminal', async () => {
  line.fleet.trouble = new FleetError('operation_failed', 'operation failed: \u001b[2Jgone');
  expect((await line.answer('list')).err).toBe('error: operation failed: \\x1b[2Jgone\n');
});

test('Ctrl-C while a command is under way says that it goes on, and how it is called', async () => {
  line.fleet.slow = true;
  const ended = line.answer('start', 'web');
  await new Promise(setImmediate);
  line.surroundings.interrupt();
  const err = 'error: Interrupted\nerror: the command goes on without its sender; its id is command-1\n';
  expect(await ended).toEqual({ status: 130, out: '\n', err });
  expect([line.fleet.closed, line.surroundings.interrupts.size]).toEqual([true, 0]);
});

test('on a terminal the waiting is shown, and wiped', async () => {
  line.fleet.slow = true;
  line.surroundings.isTerminal = true;
  line.surroundings.environment['NO_COLOR'] = '1';
  vi.useFakeTimers();
  try {
    const ended = line.answer('start', 'web');
    await vi.advanceTimersByTimeAsync(1_000);
    line.surroundings.interrupt();
    expect((await ended).err).toMatch(/^\rstart: waiting, 1 s.{3}\r.{3}error: Interrupted\n/);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test('a command is waited for a minute, or as long as is said', async () => {
  await line.run('start', 'web');
  await line.run('--wait', '5', 'destroy', 'web');
  await line.run('start', 'web', '--wait', '7');
  expect(line.fleet.sent.map(({ timeoutMs }) => timeoutMs)).toEqual([60_000, 5_000, 7_000]);
});

test('the fleet is left when a command has failed', async () => {
  await line.run('dominfo', 'nope');
  expect(line.fleet.closed).toBe(true);
});

test('a domain is ordered about by UUID once its number is looked up', async () => {
  run();
  await line.run('suspend', '17');
  expect(line.fleet.sent).toMatchObject([{ name: 'suspendDomain', payload: { domain: 'c7a5fdbd-edaf-9455-926a-d65c16db1809' } }]);
});

test('only decimal digits are a number', async () => {
  run();
  expect((await line.answer('suspend', '0x11')).err).toBe("error: failed to get domain '0x11'\n");
});

test('where a number is no answer, a name of digits is meant', async () => {
  run();
  line.fleet.state.domains.add(fakeDomain('<name>17</name><uuid>c7a5fdbd-0000-0000-0000-000000000017</uuid>'));
  expect((await line.answer('-q', 'domid', '17')).out).toBe('-\n');
  expect((await line.answer('-q', 'domuuid', '17')).out).toBe('c7a5fdbd-edaf-9455-926a-d65c16db1809\n');
});

test('a name of digits is a name when no domain has that number', async () => {
  line.fleet.state.domains.add(fakeDomain('<name>42</name><uuid>c7a5fdbd-0000-0000-0000-000000000042</uuid>'));
  expect((await line.answer('-q', 'domstate', '42')).out).toBe('shut off\n');
});

test.each([
  [['start', 'web', '--paused'], { domain: 'c7a5fdbd-edaf-9455-926a-d65c16db1809', paused: true }],
  [['domrename', 'web', 'web-old'], { domain: 'web', name: 'web-old' }],
  [['autostart', 'web'], { domain: 'web', autostart: true }],
  [['guest-agent-timeout', 'web', '--timeout', '20'], { domain: 'web', seconds: 20 }],
  [['guest-agent-timeout', 'web', '--timeout', '-1'], { domain: 'web', seconds: -1 }],
  [['guest-agent-timeout', 'web'], { domain: 'web', seconds: -2 }],
  [['autostart', '--disable', 'web'], { domain: 'web', autostart: false }],
])('%j sends %j', async (words, payload) => {
  await line.run(...words);
  expect(line.fleet.sent[0]?.payload).toEqual(payload);
});

test('domrename gives a name that is free', async () => {
  expect((await line.answer('domrename', 'web', 'web')).err).toContain("Can't rename domain to itself");
  expect((await line.answer('domrename', 'web', 'web-old')).out).toBe('Domain successfully renamed\n\n');
  expect((await line.answer('-q', 'domstate', 'web-old')).out).toBe('shut off\n');
});

test('dominfo tells the host', async () => {
  run();
  expect((await line.answer('dominfo', 'web')).out).toContain('\nHost:           host-a\n');
});

test('dominfo tells what a running guest has now, and what may be expected of it', async () => {
  run();
  Object.assign(line.fleet.state.domain('web'), { taints: ['custom-monitor', 'high-privileges'] });
  Object.assign(line.fleet.state.stats, { 'cpu.time': 1_260_000_000, 'balloon.current': 32_768, 'balloon.maximum': 65_536 });
  expect((await line.answer('dominfo', 'web')).out).toContain(
    `CPU(s):         1
CPU time:       1.3s
Max memory:     65536 KiB
Used memory:    32768 KiB
`,
  );
  expect((await line.answer('dominfo', 'web')).out).toContain(
    `Messages:       tainted: custom monitor control commands issued
                tainted: running with undesirable elevated privileges
Host:           host-a
`,
  );
});

const net = (type: string, rest: string) => `<interface type='${type}'><mac address='52:54:00:00:00:01'/>${rest}</interface>`;

test('domiflist of what does not run reads the definition, every type of interface', async () => {
  const nets = [
    net('network', "<source network='lab' portgroup='blue'/><target dev='mytap0'/><model type='virtio'/>"),
    net('bridge', "<source bridge='br0'/><model type='e1000e'/>"),
    net('direct', "<source dev='eth0' mode='bridge'/>"),
    net('user', ''),
    net('ethernet', "<target dev='tap9' managed='no'/><model type='virtio'/>"),
    net('vhostuser', "<source type='unix' path='/run/v.sock' mode='client'/><model type='virtio'/>"),
    net('internal', "<source name='inner'/>"),
    net('udp', "<source address='127.0.0.1' port='5000'><local address='127.0.0.1' port='5001'/></source>"),
  ];
  const head =
    "<domain type='qemu'><name>nics</name><uuid>c7a5fd77-edaf-9455-926a-d65c16db1809</uuid><memory>1</memory><os><type>hvm</type></os>";
  line.fleet.state.defineDomain(`${head}<devices>${nets.join('')}</devices></domain>`);
  expect((await line.answer('domiflist', 'nics')).out).toBe(
    ` Interface   Type        Source        Model     MAC
--------------------------------------------------------------------
 mytap0      network     lab           virtio    52:54:00:00:00:01
 -           bridge      br0           e1000e    52:54:00:00:00:01
 -           direct      eth0          rtl8139   52:54:00:00:00:01
 -           user        -             rtl8139   52:54:00:00:00:01
 tap9        ethernet    -             virtio    52:54:00:00:00:01
 -           vhostuser   /run/v.sock   virtio    52:54:00:00:00:01
 -           internal    inner         rtl8139   52:54:00:00:00:01
 -           udp         -             rtl8139   52:54:00:00:00:01

`,
  );
});

test('the file named - is standard input, and too much of it is refused', async () => {
  line.surroundings.files.set('-', '<name>piped</name><uuid>c7a5fdbd-0000-0000-0000-000000000001</uuid>');
  expect((await line.answer('define', '-')).out).toBe("Domain 'piped' defined from -\n\n");
  line.surroundings.files.set('-', 'x'.repeat(1024 * 1024 + 1));
  expect((await line.answer('define', '-')).err).toBe("error: Failed to read file '-': it holds more than 1048576 bytes\n");
});

test('hosts are listed by id, and cordoned and uncordoned', async () => {
  const host = { hostname: 'a.example', arch: 'x86_64', alive: true, cordoned: false, kvm: false, cpus: 8, vcpusClaimed: 1 };
  const memory = { memoryMiB: 32_000, memoryClaimedMiB: 128, domains: 1 };
  line.fleet.hosts = [
    { ...host, ...memory, hostId: 'host-b', alive: false, kvm: true },
    { ...host, ...memory, hostId: 'host-a' },
  ];
  expect((await line.answer('-q', 'cordon', 'host-b')).out).toBe('');
  expect((await line.answer('hosts')).out).toBe(
    ' Host     Hostname    State              Arch     KVM   CPUs   Memory          Domains\n' +
      '----------------------------------------------------------------------------------------\n' +
      ' host-a   a.example   ready              x86_64   no    1/8    128/32000 MiB   1\n' +
      ' host-b   a.example   silent, cordoned   x86_64   yes   1/8    128/32000 MiB   1\n\n',
  );
  expect((await line.answer('uncordon', 'host-b')).out).toBe("Host 'host-b' uncordoned\n\n");
  expect((await line.answer('cordon', 'nope')).err).toBe("error: failed to get host 'nope'\n");
});

test.each([['-v'], ['--version']])('%s prints the version', async (word) => {
  expect(await line.answer(word)).toEqual({ status: 0, out: `${VERSION}\n`, err: '' });
});
