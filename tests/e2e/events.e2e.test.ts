import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { SerialConsole } from '../../tools/guest/serial-console.ts';
import { startAgent } from './guest-agent.ts';
import { guestXml } from './guest-definitions.js';
import { TestFleet } from './test-fleet.js';

const run = promisify(execFile);
const installed = spawnSync('virsh', ['--version']).status === 0;
const patience = { timeout: 20_000, interval: 100 };
const secretUuid = '11111111-2222-3333-4444-555555555555';

/** What virsh's commands that wait for events print: of each kind of event the fleet has, made to happen. */
describe.skipIf(!installed)('events, as Debian’s virsh shows them', () => {
  let fleet: TestFleet;
  const listening: ChildProcess[] = [];

  const uri = (): string => `qemu+unix:///system?socket=${join(fleet.stateDir, 'libvirt-sock')}`;
  const virsh = async (...args: readonly string[]): Promise<string> =>
    run('virsh', ['-c', uri(), ...args], { timeout: 60_000 }).then(
      ({ stdout }) => stdout.trim(),
      ({ stderr }: { readonly stderr: string }) => stderr.trim(),
    );
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(fleet.stateDir, name);
    await writeFile(path, text);
    return path;
  };

  /** virsh says nothing once it listens: `nudge` makes something happen until it is heard of. Answers what was heard since. */
  async function listen(args: readonly string[], nudge: () => Promise<unknown>): Promise<() => string[]> {
    const child = spawn('virsh', ['-c', uri(), ...args, '--loop'], { stdio: ['ignore', 'pipe', 'pipe'] });
    listening.push(child);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await vi.waitFor(async () => {
      await nudge();
      expect(text).not.toBe('');
    }, patience);
    return () => text.split('\n').filter(Boolean);
  }

  beforeAll(async () => {
    fleet = await TestFleet.start();
    await virsh('define', await file('g.xml', guestXml({ name: 'g' })));
    await virsh('start', 'g');
  }, 120_000);

  afterAll(async () => {
    for (const child of listening) child.kill('SIGKILL');
    await fleet?.stop();
  });

  test('a secret: what it is for, that it has a value, and that it is gone', async () => {
    const xml = `<secret ephemeral='no' private='no'><uuid>${secretUuid}</uuid><usage type='iscsi'><target>t1</target></usage></secret>`;
    const definition = await file('secret.xml', xml);
    const define = () => virsh('secret-define', definition);
    const lives = await listen(['secret-event', '--event', 'lifecycle'], define);
    const values = await listen(['secret-event', '--event', 'value-changed'], () => virsh('secret-set-value', secretUuid, 'c2VjcmV0'));
    await virsh('secret-undefine', secretUuid);
    await vi.waitFor(() => expect(lives().at(-1)).toBe(`event 'lifecycle' for secret ${secretUuid}: Undefined`), patience);
    expect(lives()[0]).toBe(`event 'lifecycle' for secret ${secretUuid}: Defined`);
    expect(values()[0]).toBe(`event 'value-changed' for secret ${secretUuid}`);
    expect([...lives(), ...values()].join('\n')).not.toContain('c2VjcmV0');
  });

  test('the monitor: every event of QEMU’s, or those that were asked for', async () => {
    const toggle = async () => {
      await virsh('suspend', 'g');
      await virsh('resume', 'g');
    };
    const monitor = (...args: readonly string[]) => listen(['qemu-monitor-event', ...args], toggle);
    const [all, ofGuest, cased, patterned] = [
      await monitor('--timestamp'),
      await monitor('--domain', 'g', '--event', 'STOP'),
      await monitor('--event', 'resume', '--no-case'),
      await monitor('--event', '^st|sum', '--no-case', '--regex', '--pretty'),
    ];
    await virsh('destroy', 'g');
    const shutdown = `event SHUTDOWN for domain 'g': {"guest":false,"reason":"host-signal"}`;
    await vi.waitFor(() => expect(all().at(-1)).toMatch(new RegExp(`^20[-0-9]{8} [:.0-9]+\\+0000: ${shutdown}$`)), patience);
    const kinds = (heard: () => string[]) => new Set(heard().map((line) => line.replace(/ at \d+\.\d{6}/, '')));
    expect(kinds(ofGuest)).toEqual(new Set(["event STOP for domain 'g': <null>"]));
    expect(kinds(cased)).toEqual(new Set(["event RESUME for domain 'g': <null>"]));
    expect(kinds(patterned)).toEqual(new Set(["event STOP for domain 'g': <null>", "event RESUME for domain 'g': <null>"]));
    await virsh('start', 'g');
  });

  test.each([
    [['--regex', '--event', '('], "error: invalid argument: failed to compile regex '('"],
    [['--domain', 'nosuch'], "error: failed to get domain 'nosuch'"],
  ])('the monitor is not heard with %j', async (args, words) => {
    expect(await virsh('qemu-monitor-event', ...args, '--timeout', '1')).toContain(words);
  });

  test('a guest that is paused is not put to sleep', async () => {
    await virsh('suspend', 'g');
    expect(await virsh('dompmsuspend', 'g', 'mem')).toContain('Requested operation is not valid: domain is not running');
    await virsh('resume', 'g');
    expect(await virsh('dompmsuspend', 'g', 'mem')).toContain('QEMU guest agent is not configured');
  });

  test('the monitor is not heard over a connection that only reads', async () => {
    const words = 'operation forbidden: read only access prevents virConnectDomainQemuMonitorEventRegister';
    expect(await virsh('-r', 'qemu-monitor-event', '--timeout', '1')).toContain(words);
  });

  test('what a guest does: its agent’s channel, a write behind a threshold, sleep', async () => {
    const image = await file('e.img', '');
    await truncate(image, 4 * 1024 * 1024);
    const devices = `<disk type='file'><driver name='qemu' type='raw'/><source file='${image}'/><target dev='vda' bus='virtio'/></disk>
      <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>`;
    const xml = guestXml({ name: 'e', devices }).replace('</os>', "</os><pm><suspend-to-mem enabled='yes'/></pm>");
    await virsh('define', await file('e.xml', xml));
    const heard = await listen(['event', '--all', '--domain', 'e'], () => virsh('desc', 'e', 'x'));
    const ofGuest = () => heard().filter((line) => !line.includes('metadata-change'));
    const tells = (...lines: readonly string[]) => vi.waitFor(() => expect(ofGuest().slice(-lines.length)).toEqual(lines), patience);
    await virsh('start', 'e', '--paused');
    const guest = await SerialConsole.connect(join(fleet.stateDir, 'host', 'run', await virsh('domuuid', 'e'), 'serial0.sock'));
    await virsh('resume', 'e');
    await guest.waitFor(/virtbus-guest: ready e/, 60_000);
    await vi.waitFor(() => expect(ofGuest()).toHaveLength(4), patience);
    await tells(
      "event 'agent-lifecycle' for domain 'e': state: 'disconnected' reason: 'domain started'",
      "event 'lifecycle' for domain 'e': Started Booted",
      "event 'lifecycle' for domain 'e': Suspended Paused",
      "event 'lifecycle' for domain 'e': Resumed Unpaused",
    );
    await startAgent(guest);
    await tells("event 'agent-lifecycle' for domain 'e': state: 'connected' reason: 'channel event'");
    expect(await virsh('domblkthreshold', 'e', 'vda', '64k')).toBe('');
    // The guest has no driver for its disk.
    await virsh('qemu-monitor-command', 'e', '--hmp', 'qemu-io -d /machine/peripheral/virtio-disk0/virtio-backend "write 131072 4096"');
    await tells(`event 'block-threshold' for domain 'e': dev: vda(${image}) 65536 69632`);
    expect(await virsh('dompmsuspend', 'e', 'mem')).toBe("Domain 'e' successfully suspended");
    await tells("event 'lifecycle' for domain 'e': PMSuspended Memory", "event 'pm-suspend' for domain 'e'");
    expect(await virsh('domstate', 'e')).toBe('pmsuspended');
    expect(await virsh('dompmwakeup', 'e')).toBe("Domain 'e' successfully woken up");
    await vi.waitFor(() => expect(ofGuest()).toContain("event 'pm-wakeup' for domain 'e'"), patience);
    expect(ofGuest()).toContain("event 'lifecycle' for domain 'e': Started Event wakeup");
    guest.close();
  });
});
