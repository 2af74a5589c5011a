/** Devices of every kind that stands on ends or objects of QEMU's: what it is asked, and that nothing of it stays. */
import { beforeEach, describe, expect, test } from 'vitest';
import { codeOf, order, TestWorld, uuid, xml } from '../test-world.js';

let world: TestWorld;
const numa = `<maxMemory slots='2' unit='KiB'>262144</maxMemory><cpu><numa><cell id='0' cpus='0' memory='65536' unit='KiB'/></numa></cpu>`;
const serial = `<controller type='virtio-serial' index='0'/>`;
const prepared = xml.replace('<memory>', `${numa}<memory>`).replace('<memballoon', `${serial}<memballoon`);

const begin = async (definition: string) => {
  world = new TestWorld();
  await world.runner.start(order({ xml: definition }), 'start');
  world.told.length = 0;
};
beforeEach(() => begin(prepared));

const change = (what: 'attach' | 'detach' | 'update', device: string, by: string) =>
  world.runner.changeDevice({ change: what, xml: device }, { uuid, name: 'demo', epoch: 1, xml: device, config: false }, by);
const entry = () => world.journal.values.get(uuid)!;
const guest = () => world.guest();
const everything = () =>
  structuredClone({
    devices: guest().devices,
    objects: guest().objects,
    chardevs: guest().chardevs,
    xml: entry().xml,
    underway: entry().underway,
  });
const asked = (from: number) =>
  guest()
    .executed.slice(from)
    .filter((command) => command.endsWith('add'));

const channel = (source: string, name = 'org.test.0') => `<channel ${source}<target type='virtio' name='${name}'/></channel>`;
const dimm = (sizeKiB: number, node = '<node>0</node>') =>
  `<memory model='dimm'><target><size unit='KiB'>${sizeKiB}</size>${node}</target></memory>`;

interface Kind {
  readonly name: string;
  readonly xml: string;
  readonly alias: string;
  readonly asked: readonly string[];
  readonly end?: object;
  readonly device: object;
  /** What is then on record of it. */
  readonly record: string;
}

const kinds: readonly Kind[] = [
  {
    name: 'a channel that listens',
    xml: channel(`type='unix'>`),
    alias: 'channel0',
    asked: ['chardev-add', 'device_add'],
    end: {
      id: 'charchannel0',
      backend: {
        type: 'socket',
        data: { addr: { type: 'unix', data: { path: expect.stringMatching(/\/org.test.0$/) } }, server: true, wait: false },
      },
    },
    device: { driver: 'virtserialport', bus: 'virtio-serial0.0', nr: 1, chardev: 'charchannel0', id: 'channel0', name: 'org.test.0' },
    record: `<address type='virtio-serial' controller='0' bus='0' port='1'/>`,
  },
  {
    name: "a channel of the viewer's clipboard",
    xml: channel(`type='qemu-vdagent'><source><clipboard copypaste='yes'/></source>`, 'com.redhat.spice.0'),
    alias: 'channel0',
    asked: ['chardev-add', 'device_add'],
    end: { id: 'charchannel0', backend: { type: 'qemu-vdagent', data: { clipboard: true } } },
    device: { driver: 'virtserialport', name: 'com.redhat.spice.0' },
    record: `<clipboard copypaste='yes'/>`,
  },
  {
    name: 'shared memory',
    xml: `<shmem name='s0'><model type='ivshmem-plain'/><size unit='M'>1</size></shmem>`,
    alias: 'shmem0',
    asked: ['object-add', 'device_add'],
    device: { driver: 'ivshmem-plain', id: 'shmem0', memdev: 'shmmem-shmem0' },
    record: `<alias name='shmem0'/>`,
  },
  {
    name: 'shared memory of a server',
    xml: `<shmem name='s0'><model type='ivshmem-doorbell'/><server path='/run/shm.sock'/></shmem>`,
    alias: 'shmem0',
    asked: ['chardev-add', 'device_add'],
    end: {
      id: 'charshmem0',
      backend: { type: 'socket', data: { addr: { type: 'unix', data: { path: '/run/shm.sock' } }, server: false } },
    },
    device: { driver: 'ivshmem-doorbell', chardev: 'charshmem0' },
    record: `<server path='/run/shm.sock'/>`,
  },
  {
    name: 'a USB device from far away',
    xml: `<redirdev bus='usb' type='tcp'><source mode='connect' host='127.0.0.1' service='4000'/></redirdev>`,
    alias: 'redir0',
    asked: ['chardev-add', 'device_add'],
    end: { backend: { type: 'socket', data: { addr: { type: 'inet', data: { host: '127.0.0.1', port: '4000' } }, server: false } } },
    device: { driver: 'usb-redir', id: 'redir0' },
    record: `<alias name='redir0'/>`,
  },
  {
    name: 'memory',
    xml: dimm(131_072),
    alias: 'dimm0',
    asked: ['object-add', 'device_add'],
    device: { driver: 'pc-dimm', node: 0, memdev: 'memdimm0', id: 'dimm0', slot: 0 },
    record: `<address type='dimm' slot='0' base='0x100000000'/>`,
  },
];

describe.each(kinds)('$name', ({ xml: given, alias, asked: commands, end, device, record }) => {
  test('is plugged, and unplugged without a trace', async () => {
    const before = everything();
    const early = guest().executed.length;
    await change('attach', given, 'one');
    expect(asked(early)).toEqual(commands);
    if (end) expect(guest().given.get('chardev-add')).toMatchObject(end);
    expect(guest().given.get('device_add')).toMatchObject(device);
    expect(entry().xml).toContain(record);
    await change('detach', given, 'two');
    expect(everything()).toEqual(before);
    expect(world.told).toEqual([`deviceadded ${alias}`, `deviceremoved ${alias}`]);
  });

  test('leaves nothing when QEMU refuses it', async () => {
    const before = everything();
    guest().refusals.set('device_add', 'no');
    expect(await codeOf(change('attach', given, 'one'))).toBe('operation_failed');
    expect(everything()).toEqual(before);
  });

  test('is found again by the next agent, and taken away then', async () => {
    const before = everything();
    await change('attach', given, 'one');
    world.restart();
    await world.runner.restore();
    await change('detach', given, 'two');
    expect(everything()).toEqual(before);
  });

  test('gets a name of its own, whatever went before', async () => {
    const aliases = () => [...guest().devices].filter((id) => id.startsWith(alias.slice(0, -1)));
    const other = given
      .replace('org.test.0', 'org.test.1')
      .replace("name='s0'", "name='s1'")
      .replace('4000', '4001')
      .replace('131072', '65536');
    await change('attach', given, 'one');
    await change('attach', other, 'two');
    await change('detach', given, 'three');
    await change('attach', given, 'four');
    expect(new Set(aliases()).size).toBe(2);
    expect([...entry().xml.matchAll(new RegExp(`<alias name='${alias.slice(0, -1)}\\d'`, 'g'))]).toHaveLength(2);
  });
});

test('memory counts as the guest’s own while it is plugged', async () => {
  const sizes = () => /<memory unit='KiB'>(\d+).*<currentMemory unit='KiB'>(\d+)/s.exec(entry().xml)?.slice(1).map(Number);
  await change('attach', dimm(131_072), 'one');
  expect(sizes()).toEqual([196_608, 196_608]);
  await change('detach', dimm(131_072), 'two');
  expect(sizes()).toEqual([65_536, 65_536]);
});

test('where memory lies is asked again by the next agent, when QEMU does not say', async () => {
  guest().refusals.set('query-memory-devices', 'not now');
  await change('attach', dimm(131_072), 'one');
  expect(entry().xml).toContain(`<address type='dimm' slot='0'/>`);
  guest().refusals.clear();
  world.restart();
  await world.runner.restore();
  expect(entry().xml).toContain(`<address type='dimm' slot='0' base='0x100000000'/>`);
});

describe('is refused, and leaves nothing:', () => {
  test.each<[string, string, string, string]>([
    ['memory that exceeds the maximum', dimm(262_144), 'config_unsupported', "would exceed domain's maxMemory config size '262144'"],
    ['memory for no cell', dimm(65_536, ''), 'config_unsupported', 'target NUMA node needs to be specified for memory device'],
    [
      'a channel of SPICE without SPICE',
      channel(`type='spicevmc'>`),
      'config_unsupported',
      "chardev 'spicevmc' not supported without spice graphics",
    ],
    [
      'what the network card of a user would carry',
      `<channel type='pty'><target type='guestfwd' address='10.0.2.1' port='4600'/></channel>`,
      'config_unsupported',
      "QEMU takes '-netdev' only when it starts",
    ],
    [
      'a mouse of the board',
      `<input type='mouse' bus='ps2'/>`,
      'operation_unsupported',
      "input device on bus 'ps2' cannot be hot plugged.",
    ],
    ['sound', `<sound model='ac97'/>`, 'operation_unsupported', "live attach of device 'sound' is not supported"],
    ['a serial port', `<serial type='pty'/>`, 'operation_unsupported', "live attach of device 'chr' is not supported"],
  ])('%s', async (_, given, code, words) => {
    const before = everything();
    await expect(change('attach', given, 'one')).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    expect(everything()).toEqual(before);
  });

  test('more memory than there are slots for', async () => {
    await change('attach', dimm(65_536), 'one');
    await change('attach', dimm(65_536), 'two');
    await expect(change('attach', dimm(65_536), 'three')).rejects.toThrow("memory device count '3' exceeds slots count '2'");
  });

  test('a channel of a guest without ports for it', async () => {
    await begin(xml);
    await expect(change('attach', channel(`type='unix'>`), 'one')).rejects.toThrow('no virtio-serial controllers are available');
  });

  test.each<[string, string]>([
    [`<sound model='ac97'/>`, 'sound'],
    [channel(`type='unix'>`), 'chr'],
    [dimm(65_536), 'memory'],
  ])('an update of %s', async (given, name) => {
    await expect(change('update', given, 'one')).rejects.toMatchObject({
      code: 'config_unsupported',
      message: `unsupported configuration: live update of device '${name}' is not supported`,
    });
  });
});
