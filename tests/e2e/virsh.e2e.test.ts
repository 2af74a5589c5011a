import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startApi } from '@virtbus/api';
import { RpcClient, eventProcedures, remoteProcedures } from '@virtbus/libvirt-rpc';
import { guestXml, labXml, nic } from './guest-definitions.js';
import { TestFleet, quiet } from './test-fleet.js';

const run = promisify(execFile);
const mac = '52:54:00:00:0a:0a';
const patience = { timeout: 60_000, interval: 200 };
let fleet: TestFleet;
/** A second gateway, in this process. */
let other: Awaited<ReturnType<typeof startApi>>;
const started: ChildProcess[] = [];

const socket = (gateway: 'first' | 'second') => join(fleet.stateDir, gateway === 'first' ? 'libvirt-sock' : 'second-sock');
const uri = (gateway: 'first' | 'second') => `qemu+unix:///system?socket=${socket(gateway)}`;

async function virsh(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('virsh', ['-c', uri('first'), ...args], { timeout: 60_000 });
  return stdout;
}

async function refused(...args: readonly string[]): Promise<string> {
  const failure = await virsh(...args).then(
    () => ({ stderr: 'nothing was refused' }),
    (error: { stderr: string }) => error,
  );
  return failure.stderr;
}

/** A program whose output a test waits for. */
function watch(command: string, ...args: readonly string[]): { readonly child: ChildProcess; readonly said: () => string } {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  started.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, said: () => text };
}

const installed = spawnSync('virsh', ['--version']).status === 0;

describe.skipIf(!installed)('Debian’s virsh', () => {
  beforeAll(async () => {
    fleet = await TestFleet.start({ separate: true });
    const second = { socket: { path: socket('second'), mode: 0o600 } };
    other = await startApi({ servers: fleet.fleet.url, signals: false, log: quiet, rpc: second });
    await writeFile(join(fleet.stateDir, 'lab.xml'), labXml);
    await writeFile(join(fleet.stateDir, 'a.xml'), guestXml({ name: 'a', interfaces: nic(mac) }));
    await writeFile(join(fleet.stateDir, 'b.xml'), guestXml({ name: 'b' }));
  }, 120_000);
  afterAll(async () => {
    for (const child of started) child.kill('SIGKILL');
    await other?.close();
    await fleet?.stop();
  });

  test('makes a network and a domain, and sees both as it sees libvirt’s', async () => {
    expect(await virsh('net-define', join(fleet.stateDir, 'lab.xml'))).toContain('Network lab defined from');
    expect(await virsh('net-start', 'lab')).toContain('Network lab started');
    expect(await virsh('net-list', '--name')).toBe('lab\n\n');
    expect(await virsh('define', join(fleet.stateDir, 'a.xml'))).toContain("Domain 'a' defined from");
    expect(await virsh('list', '--all')).toMatch(/^ Id +Name +State\n-+\n - +a +shut off\n\n$/);
    expect(await virsh('start', 'a')).toContain("Domain 'a' started");
    expect(await virsh('domstate', 'a', '--reason')).toBe('running (booted)\n\n');
    expect(await virsh('domiflist', 'a')).toContain(`vnet0       network   lab      virtio   ${mac}`);
    expect(await virsh('dumpxml', 'a')).toContain('<virtbus:placement xmlns:virtbus="urn:virtbus:domain:1" host="host-a"/>');
    expect(await virsh('dumpxml', 'a', '--inactive')).not.toContain('virtbus:placement');
  });

  test('is refused in libvirt’s words', async () => {
    expect(await refused('start', 'nosuch')).toBe("error: failed to get domain 'nosuch'\n");
    expect(await refused('net-start', 'lab')).toBe(
      'error: Failed to start network lab\nerror: Requested operation is not valid: network is already active\n',
    );
    expect(await refused('-r', 'destroy', 'a')).toContain('operation forbidden: read only access prevents virDomainDestroy');
    expect(await refused('sysinfo')).toContain('unsupported configuration: Host SMBIOS information is not available');
    expect(await refused('node-memory-tune')).toContain(
      'this function is not supported by the connection driver: virNodeGetMemoryParameters',
    );
  });

  test('edits a definition', async () => {
    const env = { ...process.env, EDITOR: 'sed -i s/114688/115712/' };
    await run('virsh', ['-c', uri('first'), 'edit', 'a'], { env, timeout: 60_000 });
    expect(await virsh('dumpxml', 'a', '--inactive')).toContain("<memory unit='KiB'>115712</memory>");
  });

  test('gives a domain another name, under which it starts', async () => {
    await virsh('define', join(fleet.stateDir, 'b.xml'));
    const before = await virsh('domuuid', 'b');
    const events = watch('virsh', '-c', uri('second'), 'event', '--all', '--loop');
    await vi.waitFor(async () => {
      await virsh('autostart', 'b');
      for (const [from, to] of [
        ['b', 'c'],
        ['c', 'b'],
      ] as const)
        expect(await virsh('domrename', from, to)).toBe('Domain successfully renamed\n\n');
      expect(events.said()).toMatch(/for domain 'b': Undefined Renamed\nevent 'lifecycle' for domain 'c': Defined Renamed\n/);
    }, patience);
    events.child.kill('SIGKILL');
    await virsh('domrename', 'b', 'c');
    expect(await refused('domstate', 'b')).toBe("error: failed to get domain 'b'\n");
    expect(await virsh('domuuid', 'c')).toBe(before);
    await virsh('start', 'c');
    expect(await refused('domrename', 'c', 'b')).toBe('error: Requested operation is not valid: cannot rename active domain\n');
    expect(await virsh('dumpxml', 'c')).toContain('<name>c</name>');
    await virsh('destroy', 'c');
    await virsh('undefine', 'c');
  });

  test('hears what happens, and opens the console', async () => {
    const events = watch('virsh', '-c', uri('second'), 'event', '--all', '--loop');
    // virsh says nothing once it listens: something is made to happen until it has heard of it.
    await vi.waitFor(async () => {
      await virsh('suspend', 'a');
      await virsh('resume', 'a');
      expect(events.said()).toContain("event 'lifecycle' for domain 'a': Suspended Paused");
    }, patience);
    const console = watch('script', '-qefc', `virsh -c '${uri('first')}' console a`, '/dev/null');
    await vi.waitFor(() => {
      console.child.stdin?.write('echo -e 4\\\\062x\n');
      expect(console.said()).toContain('42x');
    }, patience);
    // virsh looks for its escape at the beginning of what it reads.
    await vi.waitFor(() => {
      console.child.stdin?.write('\u001D');
      expect(console.child.exitCode).toBe(0);
    }, patience);
    await virsh('destroy', 'a');
    await vi.waitFor(() => expect(events.said()).toContain("event 'lifecycle' for domain 'a': Stopped Destroyed"), patience);
    events.child.kill('SIGKILL');
  });

  test('a gateway that is killed in the middle of a command loses neither it nor its events', async () => {
    const told: string[] = [];
    const client = await RpcClient.connect({ path: socket('second') });
    client.on(eventProcedures.domain_event_callback_lifecycle, ({ msg }) => void told.push(`${msg.dom.name} ${msg.event}`));
    await client.open('qemu:///system');
    await client.call(remoteProcedures.connect_domain_event_callback_register_any, { eventID: 0, dom: undefined });
    const pid = fleet.fleet.pidOf('api') ?? 0;
    const creating = watch('virsh', '-c', uri('first'), 'create', join(fleet.stateDir, 'b.xml'));
    await vi.waitFor(
      async () => {
        const { num } = await client.call(remoteProcedures.connect_num_of_domains, {});
        expect(num).toBe(1);
      },
      { timeout: 60_000, interval: 5 },
    );
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(creating.child.exitCode).not.toBeNull(), patience);
    // Whether virsh had its answer or not: the other gateway shows what became of it.
    const outcomes: string[] = [];
    fleet.bus.subscribe('virtbus.v1.evt.>', ({ subject, payload }) => void outcomes.push(`${subject} ${JSON.stringify(payload)}`));
    await vi.waitFor(async () => {
      if (process.env['VERBOSE']) globalThis.console.log(outcomes.splice(0), creating.said());
      const { dom } = await client.call(remoteProcedures.domain_lookup_by_name, { name: 'b' });
      expect(await client.call(remoteProcedures.domain_get_state, { dom, flags: 0 })).toEqual({ state: 1, reason: 1 });
    }, patience);
    await vi.waitFor(() => expect(told).toContain('b 2'), patience);
    await vi.waitFor(async () => expect(await virsh('domstate', 'b')).toBe('running\n\n'), patience);
    await virsh('destroy', 'b');
    await vi.waitFor(() => expect(told).toContain('b 5'), patience);
    client.close();
  });
});
