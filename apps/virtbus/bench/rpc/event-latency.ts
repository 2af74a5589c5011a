import { join } from 'node:path';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { eventProcedures, remoteProcedures as remote } from '@virtbus/libvirt-rpc';
import { Monitor } from '@virtbus/qmp';
import { clientOf, type Daemon } from './daemons.ts';

const SUSPENDED = 3;
const TIMEOUT_MS = 20_000;

const definition = (monitor: string): string => `<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>watched</name><memory unit='MiB'>64</memory><os><type arch='x86_64' machine='pc'>hvm</type></os>
  <qemu:commandline><qemu:arg value='-qmp'/><qemu:arg value='unix:${monitor},server=on,wait=off'/></qemu:commandline>
</domain>`;

/**
 * How long after QEMU's own time stamp of its STOP event a client of the daemon has libvirt's event in hand, in milliseconds. QEMU
 * tells a second monitor of ours the same event, with the same stamp, by the same clock.
 */
export async function eventLatencies(daemon: Daemon, runs: number): Promise<number[]> {
  const directory = await mkdtemp(join(tmpdir(), 'vb-qmp-'));
  const path = join(directory, 'qmp');
  const client = await clientOf(daemon);
  const { dom } = await client.call(remote.domain_create_xml, { xml_desc: definition(path), flags: 0 });
  const monitor = await Monitor.connect(path);
  const watcher = await clientOf(daemon);
  try {
    await watcher.call(remote.connect_domain_event_callback_register_any, { eventID: 0, dom: undefined });
    const stamps: number[] = [];
    const heard: number[] = [];
    monitor.on('STOP', ({ timestamp }) => void stamps.push(timestamp.seconds * 1_000 + timestamp.microseconds / 1_000));
    watcher.on(eventProcedures.domain_event_callback_lifecycle, ({ msg }) => {
      if (msg.event === SUSPENDED) heard.push(performance.timeOrigin + performance.now());
    });
    for (let run = 0; run < runs; run += 1) {
      await client.call(remote.domain_suspend, { dom });
      await reached(() => stamps.length > run && heard.length > run);
      await client.call(remote.domain_resume, { dom });
    }
    return heard.map((at, index) => at - (stamps[index] ?? Number.NaN));
  } finally {
    monitor.close();
    await client.call(remote.domain_destroy, { dom });
    client.close();
    watcher.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function reached(holds: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + TIMEOUT_MS;
  while (!holds()) {
    if (performance.now() > giveUpAt) throw new Error('the event did not come');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
