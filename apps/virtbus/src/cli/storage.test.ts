import { beforeEach, expect, test } from 'vitest';
import { FakeCommandLine } from './fake/command-line.js';

const uuid = '9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f041';
const poolXml = "<pool type='dir'>\n  <name>images</name>\n</pool>\n";
const room = { capacity: 270_553_174_016, allocation: 26_434_895_872, available: 244_118_278_144 };
let line: FakeCommandLine;

beforeEach(async () => {
  line = new FakeCommandLine();
  const kept = { uuid, path: '/srv/images', xml: poolXml, persistent: true, autostart: true };
  line.fleet.storage.pools.set('images', { ...kept, name: 'images', active: true, ...room });
  line.fleet.storage.pools.set('idle', { ...kept, name: 'idle', active: false, autostart: false });
  await line.fleet.run('createVolume', { pool: 'images', xml: '<volume><name>disk.qcow2</name></volume>' }, { timeoutMs: 1 });
  line.fleet.sent.length = 0;
});

test.each<[string[], string]>([
  [['pool-list'], ' Name     State    Autostart\n------------------------------\n images   active   yes\n\n'],
  [['pool-list', '--all', '--name'], 'idle\nimages\n\n'],
  [['pool-list', '--inactive', '--uuid'], `${uuid}\n\n`],
  [
    ['pool-list', '--details'],
    ' Name     State     Autostart   Persistent   Capacity     Allocation   Available\n' +
      '-----------------------------------------------------------------------------------\n' +
      ' images   running   yes         yes          251.97 GiB   24.62 GiB    227.35 GiB\n\n',
  ],
  [
    ['pool-info', 'images'],
    `Name:           images\nUUID:           ${uuid}\nState:          running\nPersistent:     yes\nAutostart:      yes\n` +
      'Capacity:       251.97 GiB\nAllocation:     24.62 GiB\nAvailable:      227.35 GiB\n\n',
  ],
  [
    ['pool-info', 'idle'],
    `Name:           idle\nUUID:           ${uuid}\nState:          inactive\nPersistent:     yes\nAutostart:      no\n\n`,
  ],
  [['pool-dumpxml', 'images'], `${poolXml}\n`],
  [['vol-list', 'images'], ' Name         Path\n--------------------------------------\n disk.qcow2   /srv/images/disk.qcow2\n\n'],
  [
    ['vol-list', 'images', '--details'],
    ' Name         Path                     Type   Capacity   Allocation\n' +
      '---------------------------------------------------------------------\n' +
      ' disk.qcow2   /srv/images/disk.qcow2   file   8.00 MiB   196.00 KiB\n\n',
  ],
  [
    ['vol-info', 'disk.qcow2', 'images'],
    'Name:           disk.qcow2\nType:           file\nCapacity:       8.00 MiB\nAllocation:     196.00 KiB\n\n',
  ],
  [
    ['vol-info', '/srv/images/disk.qcow2', '--bytes', '--physical'],
    'Name:           disk.qcow2\nType:           file\nCapacity:       8388608 bytes\nPhysical:       196616 bytes\n\n',
  ],
  [['vol-path', 'disk.qcow2', 'images'], '/srv/images/disk.qcow2\n\n'],
  [['vol-key', '/srv/images/disk.qcow2'], '/srv/images/disk.qcow2\n\n'],
  [['vol-name', '/srv//images/disk.qcow2'], 'disk.qcow2\n\n'],
  [['vol-pool', '/srv/images/disk.qcow2'], 'images\n\n'],
  [['vol-pool', '/srv/images/disk.qcow2', '--uuid'], `${uuid}\n\n`],
  [['pool-uuid', 'images'], `${uuid}\n\n`],
  [['pool-list', '--type', 'fs,dir', '--name'], 'images\n\n'],
  [['pool-list', '--type', 'fs', '--name'], '\n'],
  [
    ['vol-create-as', 'images', 'a.qcow2', '4M', '--allocation', '1M', '--format', 'qcow2', '--backing-vol', 'disk.qcow2', '--print-xml'],
    '<volume>\n  <name>a.qcow2</name>\n  <capacity>4194304</capacity>\n  <allocation>1048576</allocation>\n' +
      "  <target>\n    <format type='qcow2'/>\n  </target>\n" +
      '  <backingStore>\n    <path>/srv/images/disk.qcow2</path>\n  </backingStore>\n</volume>\n\n',
  ],
  [['vol-clone', 'disk.qcow2', 'b&c', 'images', '--print-xml'], '<volume><name>b&amp;c</name></volume>\n\n'],
  [
    ['pool-define-as', 'two', 'dir', '--target', '/srv/two', '--source-host', 'b', '--print-xml'],
    "<pool type='dir'>\n  <name>two</name>\n  <source>\n    <host name='b'/>\n  </source>\n" +
      '  <target>\n    <path>/srv/two</path>\n  </target>\n</pool>\n\n',
  ],
  [['vol-dumpxml', 'disk.qcow2', 'images'], '<volume><name>disk.qcow2</name></volume>\n\n'],
])('%s prints what virsh prints', async (words, out) => expect(await line.answer(...words)).toEqual({ status: 0, out, err: '' }));

test.each<[string[], string, object]>([
  [['pool-start', 'idle', '--build'], 'Pool idle started', { name: 'startPool', payload: { pool: 'idle', build: 'new' } }],
  [['pool-build', 'idle'], 'Pool idle built', { name: 'buildPool' }],
  [['pool-refresh', 'images'], 'Pool images refreshed', { name: 'refreshPool' }],
  [['pool-autostart', 'images', '--disable'], 'Pool images unmarked as autostarted', { payload: { pool: 'images', autostart: false } }],
  [['pool-destroy', 'images'], 'Pool images destroyed', { name: 'destroyPool' }],
  [['pool-delete', 'idle'], 'Pool idle deleted', { name: 'deletePool' }],
  [['pool-undefine', 'idle'], 'Pool idle has been undefined', { name: 'undefinePool' }],
  [['pool-start', 'idle', '--overwrite'], 'Pool idle started', { name: 'startPool', payload: { pool: 'idle', build: 'overwrite' } }],
  [['pool-define-as', 'two', 'dir', '--target', '/srv/two'], 'Pool two defined', { name: 'definePool' }],
  [
    ['pool-create-as', 'two', 'dir', '--target', '/srv/two', '--build'],
    'Pool two created',
    { name: 'createPool', payload: { build: 'new' } },
  ],
  [['vol-create-as', 'images', 'a.raw', '4M'], 'Vol a.raw created', { name: 'createVolume', payload: { pool: 'images' } }],
  [
    ['vol-clone', 'disk.qcow2', 'copy', 'images'],
    'Vol copy cloned from disk.qcow2',
    { name: 'createVolume', payload: { pool: 'images', from: { pool: 'images', volume: 'disk.qcow2' } } },
  ],
  [
    ['vol-resize', 'disk.qcow2', '16M', '--pool', 'images'],
    "Size of volume 'disk.qcow2' successfully changed to 16M",
    { payload: { pool: 'images', volume: 'disk.qcow2', capacity: 16_777_216 } },
  ],
  [
    ['vol-resize', '/srv/images/disk.qcow2', '1M', '--delta'],
    "Size of volume 'disk.qcow2' successfully changed by 1M",
    { payload: { capacity: 1_048_576, delta: true } },
  ],
  [['vol-delete', '/srv/images/disk.qcow2'], 'Vol /srv/images/disk.qcow2 deleted', { payload: { volume: 'disk.qcow2' } }],
  [['vol-wipe', 'disk.qcow2', 'images'], 'Vol disk.qcow2 wiped', { payload: { pool: 'images', volume: 'disk.qcow2' } }],
  [['vol-delete', 'disk.qcow2', 'images'], 'Vol disk.qcow2 deleted', { name: 'deleteVolume' }],
])('%s: %s', async (words, said, sent) => {
  expect(await line.answer(...words)).toEqual({ status: 0, out: `${said}\n\n`, err: '' });
  expect(line.fleet.sent).toMatchObject([sent]);
});

test.each<[string[], string]>([
  [['pool-start', 'no'], "error: failed to get pool 'no'\nerror: Storage pool not found: no storage pool with matching name 'no'"],
  [['pool-info', 'no'], "error: failed to get pool 'no'\nerror: Storage pool not found: no storage pool with matching name 'no'"],
  [
    ['pool-destroy', 'idle'],
    "error: Failed to destroy pool idle\nerror: Requested operation is not valid: storage pool 'idle' is not active",
  ],
  [
    ['pool-undefine', 'images'],
    "error: Failed to undefine pool images\nerror: Requested operation is not valid: storage pool 'images' is still active",
  ],
  [['vol-list', 'idle'], "error: Failed to list volumes\nerror: Requested operation is not valid: storage pool 'idle' is not active"],
  [['vol-info', 'no', 'images'], "error: failed to get vol 'no'\nerror: Storage volume not found: no storage vol with matching path 'no'"],
  [
    ['pool-name', 'images'],
    "error: failed to get pool 'images'\nerror: Storage pool not found: no storage pool with matching uuid 'images'",
  ],
  [['pool-list', '--type', 'lvm'], "error: Invalid pool type 'lvm'"],
  [
    ['vol-info', 'disk.qcow2'],
    "error: failed to get vol 'disk.qcow2', specifying --pool might help\n" +
      "error: Storage volume not found: no storage vol with matching path 'disk.qcow2'",
  ],
  [['vol-pool', '/no'], "error: failed to get vol '/no'\nerror: Storage volume not found: no storage vol with matching path '/no'"],
  [['vol-key', '/srv/idle/disk.qcow2', 'idle'], "error: pool 'idle' is not active"],
  [['vol-create-as', 'images', 'a', '4X'], "error: Malformed size 4X\nerror: invalid argument: unknown suffix 'X'"],
  [['vol-create-as', 'images', 'a', 'x'], 'error: Malformed size x'],
  [['vol-resize', 'disk.qcow2', '-4M', 'images'], 'error: negative size requires --shrink'],
  [
    ['vol-resize', 'disk.qcow2', '1M', 'images'],
    "error: Failed to change size of volume 'disk.qcow2' to 1M\n" +
      "error: invalid argument: Can't shrink capacity below current capacity unless shrink flag explicitly specified",
  ],
  [
    ['vol-clone', 'disk.qcow2', 'disk.qcow2', 'images'],
    "error: Failed to clone vol from disk.qcow2\nerror: internal error: storage volume name 'disk.qcow2' already in use.",
  ],
  [
    ['vol-clone', 'disk.qcow2', 'c', 'images', '--reflink'],
    "error: Failed to clone vol from disk.qcow2\nerror: failed to clone files from '/srv/images/disk.qcow2': Operation not supported",
  ],
  [['vol-wipe', 'disk.qcow2', 'images', '--algorithm', 'bogus'], "error: Unsupported algorithm 'bogus'"],
  [['pool-start', 'idle', '--overwrite', '--no-overwrite'], 'error: Options --overwrite and --no-overwrite are mutually exclusive'],
  [
    ['vol-delete', 'no', 'images'],
    "error: failed to get vol 'no'\nerror: Storage volume not found: no storage vol with matching path 'no'",
  ],
])('%s is refused in virsh words', async (words, err) => {
  const answer = await line.answer(...words);
  expect([answer.status, answer.err.trimEnd()]).toEqual([1, err]);
});
