import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
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
});
