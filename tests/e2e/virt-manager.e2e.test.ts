import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guestXml, labXml, nic } from './guest-definitions.js';
import { TestFleet } from './test-fleet.js';

const run = promisify(execFile);
const window = join(import.meta.dirname, '../clients/window.py');

/** The window itself, on a display that nobody sees. */
describe('virt-manager', () => {
  let fleet: TestFleet;
  const uri = (scheme: string) => `${scheme}:///system?socket=${join(fleet.stateDir, 'libvirt-sock')}`;
  const open = async (scheme: string) =>
    (await run('dbus-run-session', ['--', window, uri(scheme), 'seen'], { timeout: 110_000, env: { ...process.env, LC_ALL: 'C.UTF-8' } }))
      .stdout;

  const virsh = (...args: readonly string[]) => run('virsh', ['-q', '-c', uri('qemu'), ...args], { timeout: 60_000 });
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(fleet.stateDir, name);
    await writeFile(path, text);
    return path;
  };

  beforeAll(async () => {
    fleet = await TestFleet.start();
    await virsh('net-define', await file('lab.xml', labXml));
    await virsh('net-start', 'lab');
    // Where there is no pool of that name, it would make one in a directory of this machine.
    await mkdir(join(fleet.stateDir, 'images'));
    await virsh('pool-define-as', 'default', 'dir', '--target', join(fleet.stateDir, 'images'));
    await virsh('pool-start', 'default');
    const devices = `<graphics type='vnc' port='-1'/><video><model type='vga'/></video>`;
    await virsh('define', await file('seen.xml', guestXml({ name: 'seen', interfaces: nic('52:54:00:00:12:01'), devices })));
    await virsh('start', 'seen');
  }, 60_000);

  afterAll(() => fleet?.stop());

  test('shows the screen of a guest, pauses it and lets it run on, and lists its devices', { timeout: 120_000 }, async () => {
    expect((await open('qemu')).split('\n').filter((line) => !line.startsWith('SpiRegistry'))).toEqual([
      'window: seen on QEMU/KVM',
      'screen: shown',
      'state: paused',
      'state: running',
      'details: Display VNC NIC :00:12:01 Serial 1',
      'faults: []',
      '',
    ]);
  });
});
