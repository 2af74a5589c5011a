import { beforeEach, describe, expect, test } from 'vitest';
import { FakeCommandLine } from './fake/command-line.js';
import { fakeDomain } from './fake/fake-domains.js';

const mac = '52:54:00:12:34:56';
const nic = (address: string) =>
  `<interface type='network'><mac address='${address}'/><source network='lab'/><model type='virtio'/></interface>`;
const xml = `<domain type='qemu'><name>web</name><memory>65536</memory><os><type>hvm</type></os><devices>${nic(mac)}</devices></domain>`;

let line: FakeCommandLine;
const domain = fakeDomain(xml);
beforeEach(() => {
  line = new FakeCommandLine();
  Object.assign(domain, { id: 17, state: 'running', reason: 'booted', xml });
  line.fleet.state.domains.add(domain);
  line.surroundings.files.set('nic.xml', nic('52:54:00:00:00:02'));
});
const sent = () => line.fleet.sent.map(({ name, payload }) => [name, payload]);

describe('what a change reaches', () => {
  const device = { domain: 'web', xml: nic('52:54:00:00:00:02') };
  test.each<[string, string[], [string, object]]>([
    ['attach without flags is of the guest', ['attach-device', 'web', 'nic.xml'], ['attachDevice', { ...device, live: true }]],
    ['update without flags is of whichever there is', ['update-device', 'web', 'nic.xml'], ['updateDevice', device]],
    ['--config', ['detach-device', 'web', 'nic.xml', '--config'], ['detachDevice', { ...device, live: false, config: true }]],
    [
      '--live --config',
      ['attach-device', 'web', 'nic.xml', '--live', '--config'],
      ['attachDevice', { ...device, live: true, config: true }],
    ],
    ['--current', ['attach-device', 'web', 'nic.xml', '--current'], ['attachDevice', device]],
    [
      '--persistent of what runs',
      ['attach-device', 'web', 'nic.xml', '--persistent'],
      ['attachDevice', { ...device, live: true, config: true }],
    ],
    [
      'by alias',
      ['detach-device-alias', 'web', 'net1', '--live'],
      ['detachDevice', { domain: 'web', alias: 'net1', live: true, config: false }],
    ],
  ])('%s', async (_, words, order) => {
    expect(await line.answer(...words)).toMatchObject({ status: 0, err: '' });
    expect(sent()).toEqual([order]);
  });

  test('--persistent of what is off is of the definition', async () => {
    Object.assign(domain, { id: undefined, state: 'shutoff' });
    await line.answer('attach-device', 'web', 'nic.xml', '--persistent');
    expect(sent()).toEqual([['attachDevice', { ...device, live: false, config: true }]]);
  });
});

/** As virsh 9.0 shows them of its test driver. */
const lines = (values: readonly number[]) =>
  [
    ...['inbound.average', 'inbound.peak   ', 'inbound.burst  ', 'inbound.floor  '],
    ...['outbound.average', 'outbound.peak  ', 'outbound.burst '],
  ]
    .map((name, at) => `${name}: ${values[at]}\n`)
    .join('');

describe('in virsh’s words', () => {
  test.each<[string, string[], string, string]>([
    ['a device is attached', ['attach-device', 'web', 'nic.xml'], 'Device attached successfully\n\n', ''],
    [
      'flags do not go together',
      ['attach-device', 'web', 'nic.xml', '--config', '--current'],
      '\n',
      'error: Options --current and --config are mutually exclusive\n',
    ],
    [
      'an interface is described',
      [
        'attach-interface',
        'web',
        'network',
        'default',
        '--print-xml',
        '--mac',
        mac,
        '--model',
        'virtio',
        '--inbound',
        '100,200,300',
        '--target',
        'x',
        '--alias',
        'ua-1',
      ],
      `<interface type='network'>\n  <source network='default'/>\n  <target dev='x'/>\n  <mac address='${mac}'/>\n  <model type='virtio'/>\n  <alias name='ua-1'/>\n  <bandwidth>\n    <inbound average='100' peak='200' burst='300'/>\n  </bandwidth>\n</interface>\n\n`,
      '',
    ],
    [
      'an assigned function is described',
      ['attach-interface', 'web', 'hostdev', '0000:03:00.1', '--print-xml', '--managed'],
      `<interface type='hostdev' managed='yes'>\n  <source>\n    <address type='pci' domain='0x0000' bus='0x03' slot='0x00' function='0x1'/>\n  </source>\n</interface>\n\n`,
      '',
    ],
    [
      'a kind that it does not describe',
      ['attach-interface', 'web', 'foo', 'x'],
      '\n',
      "error: No support for foo in command 'attach-interface'\n",
    ],
    ['an interface is detached', ['detach-interface', 'web', 'network'], 'Interface detached successfully\n\n', ''],
    [
      'no interface of a type',
      ['detach-interface', 'web', 'bridge'],
      '\n',
      'error: No interface found whose type is bridge\nerror: Failed to detach interface\n',
    ],
    ['the link of an interface', ['domif-getlink', 'web', mac], `${mac} up\n\n`, ''],
    ['of none', ['domif-getlink', 'web', 'nope'], '\n', 'error: Interface (dev: nope) not found.\n'],
    ['a state that is none', ['domif-setlink', 'web', mac, 'sideways'], '\n', "error: invalid link state 'sideways'\n"],
    ['a cable of none', ['domif-setlink', 'web', 'nope', 'up'], '\n', "error: interface 'nope' not found\n"],
    ['limits that there are not', ['domiftune', 'web', mac], `${lines([0, 0, 0, 0, 0, 0, 0])}\n`, ''],
    [
      'limits of no interface',
      ['domiftune', 'web', 'nope'],
      '\n',
      "error: Unable to get interface parameters\nerror: invalid argument: 'nope' is not a known interface\n",
    ],
    [
      'new limits of none',
      ['domiftune', 'web', 'nope', '--inbound', '5'],
      '\n',
      "error: Unable to set interface parameters\nerror: invalid argument: 'nope' is not a known interface\n",
    ],
    [
      'limits of both at once',
      ['domiftune', 'web', mac, '--live', '--config'],
      '\n',
      "error: Unable to get interface parameters\nerror: Flags 'VIR_DOMAIN_AFFECT_LIVE' and 'VIR_DOMAIN_AFFECT_CONFIG' are mutually exclusive\n",
    ],
    [
      'flags of limits that do not go together',
      ['domiftune', 'web', mac, '--live', '--current'],
      '\n',
      'error: Options --current and --live are mutually exclusive\n',
    ],
    ['a rate of five', ['domiftune', 'web', mac, '--inbound', '1,2,3,4,5'], '\n', "error: Rate string '1,2,3,4,5' has too many fields\n"],
    ['a rate that is none', ['domiftune', 'web', mac, '--outbound', '1,x'], '\n', "error: field 'peak' is malformed\n"],
    ['a floor outwards', ['domiftune', 'web', mac, '--outbound', '1,2,3,4'], '\n', 'error: outbound floor is unsupported yet\n'],
    ['a peak of nothing', ['domiftune', 'web', mac, '--inbound', ',2'], '\n', 'error: either inbound average or floor is mandatory\n'],
    [
      'a rate beyond all',
      ['domiftune', 'web', mac, '--inbound', '5000000000'],
      '\n',
      'error: inbound rate larger than maximum 4294967295\n',
    ],
    ['no limit', ['domiftune', 'web', mac, '--inbound', '0'], '\n', ''],
    ['new limits', ['domiftune', 'web', mac, '--inbound', '1000,2000,512'], '\n', ''],
    ['a cable is pulled', ['domif-setlink', 'web', mac, 'down'], 'Device updated successfully\n\n', ''],
  ])('%s', async (_, words, out, err) => expect(await line.answer(...words)).toEqual({ status: err === '' ? 0 : 1, out, err }));

  test('limits are shown as the guest has them, and sent as they are given', async () => {
    domain.xml = xml.replace('<model', `<bandwidth><inbound average='10' burst='3'/><outbound average='20' peak='30'/></bandwidth><model`);
    expect(await line.answer('domiftune', 'web', mac)).toMatchObject({ out: `${lines([10, 0, 3, 0, 20, 30, 0])}\n` });
    await line.answer('domiftune', 'web', mac, '--inbound', '10,,3,7', '--outbound', '0', '--live', '--config');
    const tuning = { device: mac, inbound: { average: 10, peak: 0, burst: 3, floor: 7 }, outbound: { average: 0, peak: 0, burst: 0 } };
    expect(sent()).toEqual([['tuneInterface', { domain: 'web', tuning, config: true, live: true }]]);
  });

  test('limits for programs', async () => {
    domain.xml = xml.replace('<model', `<bandwidth><inbound average='10'/></bandwidth><model`);
    const { out } = await line.answer('domiftune', 'web', mac, '--json');
    expect(JSON.parse(out)).toEqual({ interface: mac, inbound: { average: 10 }, outbound: {} });
  });

  test('a pulled cable is an update of the interface as it is', async () => {
    await line.answer('domif-setlink', 'web', mac, 'down');
    expect(sent()).toEqual([
      ['updateDevice', { domain: 'web', live: true, xml: expect.stringMatching(/<source network='lab'\/>[\s\S]*<link state='down'\/>/) }],
    ]);
  });
});

describe('domif-rxfilter', () => {
  const filter = {
    name: 'net0',
    mac: '52:54:00:00:00:77',
    promiscuous: false,
    broadcastAllowed: true,
    unicast: { mode: 'normal', overflow: true, table: [] },
    multicast: { mode: 'all', overflow: false, table: ['01:00:5e:00:00:01'] },
    vlan: { mode: 'normal', table: [0, 7, 5, 6] },
  } as const;
  beforeEach(() => {
    line.fleet.cards = [
      { alias: 'net0', mac, target: 'vnet0', trusted: true, filter: structuredClone(filter) as never },
      { alias: 'net1', mac: '52:54:00:00:00:02', target: 'vnet1', trusted: false },
    ];
  });

  test('shows what a trusted guest lets through', async () => {
    const { out } = await line.answer('domif-rxfilter', 'web', 'vnet0');
    expect(out.split('\n').map((each) => each.trimEnd())).toEqual([
      ' Filter        Passes',
      '-'.repeat(34),
      ` defined MAC   ${mac}`,
      ' trusted       yes',
      ' MAC address   52:54:00:00:00:77',
      ' promiscuous   no',
      ' broadcast     yes',
      ' unicast       normal, overflown',
      ' multicast     all',
      '               01:00:5e:00:00:01',
      ' VLAN          normal',
      '               0',
      '               5-7',
      '',
      '',
    ]);
  });

  test('shows that one is not trusted, and answers programs', async () => {
    expect((await line.answer('domif-rxfilter', 'web', 'vnet1')).out).toMatch(/ trusted +no\n\n$/);
    expect(JSON.parse((await line.answer('domif-rxfilter', 'web', mac, '--json')).out)).toMatchObject({ alias: 'net0', filter });
  });

  test('refuses an interface that is not there', async () => {
    expect(await line.answer('domif-rxfilter', 'web', 'nope')).toMatchObject({
      status: 1,
      err: "error: Failed to get the filter of interface nope\nerror: device not found: no interface nope in domain 'web'\n",
    });
  });
});
