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
    ['vol-delete', 'no', 'images'],
    "error: failed to get vol 'no'\nerror: Storage volume not found: no storage vol with matching path 'no'",
  ],
])('%s is refused in virsh words', async (words, err) => {
  const answer = await line.answer(...words);
  expect([answer.status, answer.err.trimEnd()]).toEqual([1, err]);
});
