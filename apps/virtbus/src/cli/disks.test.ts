import { describe, beforeEach, expect, test } from 'vitest';
import { FakeCommandLine } from './fake/command-line.js';
import { fakeDomain } from './fake/fake-domains.js';

const definition = `<domain type='qemu'>
  <name>web</name>
  <metadata><x xmlns='urn:x'><disk><target dev='vdm'/></disk></x></metadata>
  <devices>
    <disk type='file' device='disk'>
      <source file='/a.img'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <disk type='volume'><source pool='p' volume='v'/><target dev='vdb'/></disk>
  </devices>
</domain>
`;
let line: FakeCommandLine;
beforeEach(() => {
  line = new FakeCommandLine();
  line.fleet.state.domains.add(fakeDomain(definition, { state: 'running', id: 1 }));
});

/** Recorded: virsh 9.0.0 -c test:///default, `attach-disk test … --print-xml`. Words in quotes are one. */
const printed: readonly (readonly [string, string])[] = [
  ['/a.img vdb', "<disk type='file'>\n  <source file='/a.img'/>\n  <target dev='vdb'/>\n</disk>"],
  [
    '/a.img vdb --targetbus virtio --driver qemu --subdriver qcow2 --iothread 1 --cache none --io native --type cdrom --mode readonly --serial S1 --wwn 5000c50015ea71ad --alias ua-x --rawio',
    `<disk type='file' device='cdrom' rawio='yes'>
  <driver name='qemu' type='qcow2' iothread='1' cache='none' io='native'/>
  <source file='/a.img'/>
  <target dev='vdb' bus='virtio'/>
  <readonly/>
  <serial>S1</serial>
  <alias name='ua-x'/>
  <wwn>5000c50015ea71ad</wwn>
</disk>`,
  ],
  [
    '/a.img vdb --mode shareable --sourcetype block',
    "<disk type='block'>\n  <source dev='/a.img'/>\n  <target dev='vdb'/>\n  <shareable/>\n</disk>",
  ],
  [
    'pool/img vdb --sourcetype network --source-protocol rbd --source-host-name h:6789',
    `<disk type='network'>
  <source protocol='rbd' name='pool/img'>
    <host name='h' port='6789'/>
  </source>
  <target dev='vdb'/>
</disk>`,
  ],
  [
    'pool/img vdb --source-protocol rbd --source-host-name h:6789 --source-host-transport tcp',
    `<disk type='network'>
  <source protocol='rbd' name='pool/img'>
    <host transport='tcp' name='h' port='6789'/>
  </source>
  <target dev='vdb'/>
</disk>`,
  ],
  [
    'pool/img vdb --source-protocol nbd --source-host-transport unix --source-host-socket /s',
    `<disk type='network'>
  <source protocol='nbd' name='pool/img'>
    <host transport='unix' socket='/s'/>
  </source>
  <target dev='vdb'/>
</disk>`,
  ],
  [
    'pool/img vdb --source-protocol rbd',
    "<disk type='network'>\n  <source protocol='rbd' name='pool/img'/>\n  <target dev='vdb'/>\n</disk>",
  ],
  [
    "/a&b'c.img vdb --cache none",
    "<disk type='file'>\n  <driver cache='none'/>\n  <source file='/a&amp;b&apos;c.img'/>\n  <target dev='vdb'/>\n</disk>",
  ],
];
test.each(printed)('attach-disk %s is described as virsh does', async (words, xml) => {
  const answer = await line.answer('attach-disk', 'test', ...words.split(' '), '--print-xml');
  expect(answer).toEqual({ status: 0, out: `${xml}\n\n`, err: '' });
});

test.each([
  ['vdb', 'pci:0000.00.05.0', "<address type='pci' domain='0x0000' bus='0x00' slot='0x05' function='0x0'/>"],
  ['vdb', 'pci:10.20.1F.7', "<address type='pci' domain='0x0010' bus='0x20' slot='0x1f' function='0x7'/>"],
  ['vdb', 'ccw:fe.0.0001', "<address type='ccw' cssid='0xfe' ssid='0x0' devno='0x0001'/>"],
  ['sdb', 'scsi:0.0.1', "<address type='drive' controller='0' bus='0' unit='1'/>"],
  ['sdb', 'sata:0.0.1', "<address type='drive' controller='0' bus='0' unit='1'/>"],
  ['sdb', 'usb:1.2', "<address type='usb' bus='1' port='2'/>"],
  ['hdb', 'ide:0.1.2', "<address type='drive' controller='0' bus='1' unit='2'/>"],
  ['xvda', 'usb:1.2', "<address type='usb' bus='1' port='2'/>"],
])('at %s the address %s is %s', async (target, address, xml) => {
  expect((await line.answer('attach-disk', 'test', '/a', target, '--address', address, '--print-xml')).out).toContain(`  ${xml}\n`);
});

test('a PCI address may be one of several functions', async () => {
  const { out } = await line.answer('attach-disk', 'x', '/a', 'vdb', '--address', 'pci:0.0.5.0', '--multifunction', '--print-xml');
  expect(out).toContain("function='0x0' multifunction='on'/>");
});

test('a block device of the host is one', async () => {
  expect((await line.answer('attach-disk', 'x', '/dev/sda', 'vdb', '--print-xml')).out).toContain(
    "<disk type='block'>\n  <source dev='/dev/sda'/>",
  );
});

const pciOrCcw = 'expecting a pci:0000.00.00.00 or ccw:00.0.0000 address.';
const ofSd = 'expecting a scsi:00.00.00 or usb:00.00 or sata:00.00.00 address.';
test.each([
  ['test /a.img vdb --mode bogus', "No support for bogus in command 'attach-disk'"],
  ['test /a.img vdb --sourcetype bogus', "Unknown source type: 'bogus'"],
  [
    'test p vdb --source-protocol nbd --source-host-name h --source-host-socket /s',
    'Option --source-host-transport is required by option --source-host-socket',
  ],
  ['test p vdb --source-host-name h', 'Option --source-protocol is required by option --source-host-name'],
  ['test p vdb --sourcetype network', '--source-protocol option requires --sourcetype network'],
  ['test p vdb --sourcetype file --source-protocol rbd', '--source-protocol option requires --sourcetype network'],
  ['test /a vdb --address bogus', 'Invalid address.'],
  ['test /a vdb --address pci:0000.zz.05.0', 'Invalid address.'],
  ['test /a vdb --address pci:0000.00.05', 'Invalid address.'],
  ['test /a vdb --address ccw:fe.0', 'Invalid address.'],
  ['test /a vdb --address toString:1', 'Invalid address.'],
  ['test /a vdb --address scsi:0.0.1', pciOrCcw],
  ['test /a sdb --address ide:0.0.1', ofSd],
  ['test /a hdb --address sata:0.0.1', 'expecting an ide:00.00.00 address.'],
  ['web /a vdb --live --current', 'Options --current and --live are mutually exclusive'],
  ['web /a vdb --persistent --current', 'Options --persistent and --current are mutually exclusive'],
  ['nope /a vdb', "failed to get domain 'nope'"],
])('attach-disk %s is refused in virsh’s words', async (words, complaint) => {
  expect(await line.answer('attach-disk', ...words.split(' '))).toEqual({ status: 1, out: '\n', err: `error: ${complaint}\n` });
  expect(line.fleet.sent).toEqual([]);
});

test('attach-disk plugs into what runs unless it is said otherwise', async () => {
  expect((await line.answer('attach-disk', 'web', '/b.img', 'vdc', '--config', '--live')).out).toBe('Disk attached successfully\n\n');
  await line.answer('attach-disk', 'web', '/b.img', 'vdc');
  expect(line.fleet.sent.map(({ payload }) => payload)).toMatchObject([{ live: true, config: true }, { live: true }]);
});

describe('detach-disk', () => {
  const vda = `<disk type='file' device='disk'>
      <source file='/a.img'/>
      <target dev='vda' bus='virtio'/>
    </disk>`;
  test.each([
    ['vda', vda],
    ['/a.img', vda],
    ['vdb', "<disk type='volume'><source pool='p' volume='v'/><target dev='vdb'/></disk>"],
  ])('finds %s', async (target, xml) => {
    expect((await line.answer('detach-disk', 'web', target, '--print-xml')).out).toBe(`${xml}\n\n`);
    expect((await line.answer('detach-disk', 'web', target, '--live')).out).toBe('Disk detached successfully\n\n');
    expect(line.fleet.sent[0]?.payload).toMatchObject({ xml, live: true });
  });

  test.each([
    [['web', 'vdm'], 'No disk found whose source path or target is vdm'],
    [['nope', 'vda'], "failed to get domain 'nope'"],
    [['web', 'vda', '--current', '--live'], 'Options --current and --live are mutually exclusive'],
  ])('%j is refused in virsh’s words', async (words, complaint) => {
    expect(await line.answer('detach-disk', ...words)).toEqual({ status: 1, out: '\n', err: `error: ${complaint}\n` });
  });

  test('says that there are none', async () => {
    line.fleet.state.domains.add(
      fakeDomain("<domain type='qemu'><name>bare</name><uuid>c7a5fdbd-0000-0000-0000-d65c16db1809</uuid></domain>"),
    );
    expect((await line.answer('detach-disk', 'bare', 'vda')).err).toBe('error: Failed to get disk information\n');
  });
});
