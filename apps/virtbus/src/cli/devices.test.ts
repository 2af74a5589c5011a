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
    ['a cable is pulled', ['domif-setlink', 'web', mac, 'down'], 'Device updated successfully\n\n', ''],
  ])('%s', async (_, words, out, err) => expect(await line.answer(...words)).toEqual({ status: err === '' ? 0 : 1, out, err }));

  test('a pulled cable is an update of the interface as it is', async () => {
    await line.answer('domif-setlink', 'web', mac, 'down');
    expect(sent()).toEqual([
      ['updateDevice', { domain: 'web', live: true, xml: expect.stringMatching(/<source network='lab'\/>[\s\S]*<link state='down'\/>/) }],
    ]);
  });
});
