import { beforeEach, describe, expect, test } from 'vitest';
import { fakeDomain } from './fake/fake-domains.js';
import { FakeCommandLine } from './fake/command-line.js';
import { fakeNetwork } from './fake/fake-state.js';

const uuid = '81ff0d90-c91e-6742-64da-4a736edb9a9b';
const port = '4dd41997-8b1a-4f0e-9f0a-3c1f9c8f2a11';
const domain = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const host = "<host mac='52:54:00:00:00:09' ip='10.7.0.9'/>";
let line: FakeCommandLine;
beforeEach(() => {
  line = new FakeCommandLine();
  const { state } = line.fleet;
  state.networks.add(Object.assign(fakeNetwork(`<network><name>lab</name><uuid>${uuid}</uuid></network>`), { active: true }));
  state.networks.add(fakeNetwork(`<network><name>off</name><uuid>${uuid.replace('81', '82')}</uuid></network>`));
  state.domains.add(fakeDomain(`<domain><name>web</name><uuid>${domain}</uuid></domain>`, { state: 'running', id: 1, hostId: 'host-a' }));
});

describe('net-update', () => {
  test.each<[string, string[], string, object]>([
    [
      'what is active',
      ['lab', 'add', 'ip-dhcp-host', host],
      'Updated network lab live state\n\n',
      { command: 'add-last', section: 'ip-dhcp-host', live: false, config: false },
    ],
    [
      'the definition of what is not',
      ['off', 'delete', 'dns-txt', host],
      'Updated network off persistent config\n\n',
      { command: 'delete' },
    ],
    [
      'both',
      ['lab', 'modify', 'portgroup', host, '--live', '--config', '--parent-index', '0'],
      'Updated network lab persistent config and live state\n\n',
      { live: true, config: true, parentIndex: 0 },
    ],
  ])('changes %s', async (_, words, out, payload) => {
    expect(await line.answer('net-update', ...words)).toMatchObject({ status: 0, out });
    expect(line.fleet.sent.at(-1)).toMatchObject({ name: 'updateNetwork', payload: { xml: host, ...payload } });
  });

  test.each<[string[], string]>([
    [['lab', 'foo', 'ip-dhcp-host', host], "error: unrecognized command name 'foo'\n"],
    [['lab', 'add', 'foo', host], "error: unrecognized section name 'foo'\n"],
    [['lab', 'add', 'ip-dhcp-host', '/nope'], "error: Failed to open file '/nope': No such file or directory\n"],
    [['lab', 'add', 'ip-dhcp-host', host, '--live', '--current'], 'error: Options --current and --live are mutually exclusive\n'],
    [
      ['lab', 'add', 'ip-dhcp-host', host, '--parent-index', 'x'],
      "error: Numeric value 'x' for <parent-index> option is malformed or out of range\n",
    ],
    [
      ['nope', 'add', 'ip-dhcp-host', host],
      "error: failed to get network 'nope'\nerror: Network not found: no network with matching name 'nope'\n",
    ],
  ])('refuses %j', async (words, err) => {
    expect(await line.answer('net-update', ...words)).toMatchObject({ status: 1, err });
  });
});

describe('ports', () => {
  beforeEach(() => {
    line.fleet.ports = [{ uuid: port, mac: '52:54:00:00:00:01', domain, domainName: 'web', hostId: 'host-a' }];
  });

  test('are listed as a table, or by UUID', async () => {
    expect((await line.answer('net-port-list', 'lab')).out).toBe(` UUID\n${'-'.repeat(39)}\n ${port}\n\n`);
    expect((await line.answer('net-port-list', 'lab', '--uuid')).out).toBe(`${port}\n\n`);
  });

  test('have XML', async () => {
    expect((await line.answer('net-port-dumpxml', 'lab', port)).out).toBe(`<networkport>\n  <uuid>${port}</uuid>\n</networkport>\n\n`);
  });

  test('are made and given back', async () => {
    const made = port.replace('4dd', '5dd');
    line.surroundings.files.set('port.xml', `<networkport><uuid>${made}</uuid></networkport>`);
    expect((await line.answer('net-port-create', 'lab', 'port.xml')).out).toBe(`Network port ${made} created from port.xml\n\n`);
    expect(line.fleet.ports.map(({ uuid: id }) => id)).toEqual([port, made]);
    expect((await line.answer('net-port-delete', 'lab', made)).out).toBe(`Network port ${made} deleted\n\n`);
    expect(line.fleet.ports.map(({ uuid: id }) => id)).toEqual([port]);
  });

  test.each<[string[], string]>([
    [
      ['net-port-create', 'lab', 'bad.xml'],
      'error: Failed to create network from bad.xml\nerror: internal error: network port has no uuid\n',
    ],
    [
      ['net-port-create', 'none', 'bad.xml'],
      "error: failed to get network 'none'\nerror: Network not found: no network with matching name 'none'\n",
    ],
    [['net-port-delete', 'lab', 'x'], "error: failed to get network port 'x'\n"],
    [['net-port-create', 'lab'], "error: command 'net-port-create' requires <file> option\n"],
    [
      ['net-port-delete', 'lab', domain],
      `error: Failed to delete network port ${domain}\nerror: network port not found: Network port with UUID ${domain} does not exist\n`,
    ],
  ])('%s fails', async (words, err) => {
    line.surroundings.files.set('bad.xml', '<networkport/>');
    expect(await line.answer(...(words as [string]))).toMatchObject({ status: 1, err });
  });

  test('are those of active networks', async () => {
    const { status, err } = await line.answer('net-port-list', 'off');
    expect([status, err]).toEqual([
      1,
      "error: Failed to list network ports\nerror: Requested operation is not valid: network 'off' is not active\n",
    ]);
  });
});

describe('domifaddr', () => {
  const head =
    ' Name       MAC address          Protocol     Address\n-------------------------------------------------------------------------------\n';
  beforeEach(() => {
    const addresses = [
      { family: 'ipv4', address: '10.7.0.2', prefix: 24 },
      { family: 'ipv6', address: 'fd00::2', prefix: 64 },
    ] as const;
    line.fleet.addresses = [
      { name: 'vnet0', mac: '52:54:00:00:00:01', addresses: [...addresses] },
      { name: 'lo', addresses: [] },
    ];
  });

  test('shows addresses in columns, each name once', async () => {
    expect((await line.answer('domifaddr', 'web')).out).toBe(
      `${head} vnet0      52:54:00:00:00:01    ipv4         10.7.0.2/24\n -          -                    ipv6         fd00::2/64\n lo                              N/A          N/A\n\n`,
    );
    expect((await line.answer('domifaddr', 'web', '--full', '--interface', 'vnet0')).out).toBe(
      `${head} vnet0      52:54:00:00:00:01    ipv4         10.7.0.2/24\n vnet0      52:54:00:00:00:01    ipv6         fd00::2/64\n\n`,
    );
    expect(JSON.parse((await line.answer('domifaddr', 'web', '--json')).out)).toEqual(line.fleet.addresses);
  });

  test('knows three sources', async () => {
    expect((await line.answer('domifaddr', 'web', '--source', 'foo')).err).toBe("error: Unknown data source 'foo'\n");
    expect((await line.answer('domifaddr', 'web', '--source', 'arp')).status).toBe(0);
  });
});

describe('net-event', () => {
  test('lists what there is', async () => expect((await line.answer('net-event', '--list')).out).toBe('lifecycle\n\n'));

  test('prints what happens to a network', async () => {
    const ended = line.answer('net-event', '--event', 'lifecycle');
    await new Promise(setImmediate);
    line.fleet.watchers[0]?.({ what: 'started', uuid, name: 'lab', detail: '', at: '2026-11-21T09:10:47.476Z' });
    expect((await ended).out).toBe("event 'lifecycle' for network lab: Started\nevents received: 1\n\n");
  });

  test.each<[string[], string]>([
    [[], 'error: either --list or --event <type> is required\n'],
    [['--event', 'reboot'], 'error: unknown event type reboot\n'],
  ])('refuses %j', async (words, err) => expect(await line.answer('net-event', ...words)).toMatchObject({ status: 1, err }));
});
