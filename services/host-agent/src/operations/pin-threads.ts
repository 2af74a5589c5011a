import { readdir } from 'node:fs/promises';
import { Refusal, type ThreadPin } from '@virtbus/contracts';
import { everyProcessor, setAffinity, SystemError } from '@virtbus/libc';
import { formatDomain, parseCpuset, withPin, type DomainDef } from '@virtbus/libvirt-xml';
import type { Monitor } from '@virtbus/qmp';
import type { LiveGuest } from '../live-guest.js';
import { wordsOf } from '../storage/storage-error.js';
import { liveDefinition } from './live-definition.js';

type Processors = readonly number[];

const setOf = (cpuset: string | undefined): Processors | undefined => (cpuset === undefined ? undefined : parseCpuset(cpuset));

/** Whether the definition says of any thread where it may run. */
const says = ({ vcpu, cputune }: DomainDef): boolean =>
  vcpu.cpuset !== undefined ||
  cputune?.emulatorpin !== undefined ||
  (cputune?.vcpupin.length ?? 0) > 0 ||
  (cputune?.iothreadpin.length ?? 0) > 0;

/** The threads that the definition knows by number, each with its own set, or with none. */
async function numbered(monitor: Monitor, { cputune }: DomainDef): Promise<Map<number, string | undefined>> {
  const threads = new Map<number, string | undefined>();
  for (const { 'cpu-index': index, 'thread-id': tid } of await monitor.execute('query-cpus-fast'))
    threads.set(tid, cputune?.vcpupin.find(({ vcpu }) => vcpu === index)?.cpuset);
  for (const { id, 'thread-id': tid } of await monitor.execute('query-iothreads'))
    threads.set(tid, cputune?.iothreadpin.find(({ iothread }) => `iothread${iothread}` === id)?.cpuset);
  return threads;
}

/**
 * Keeps each of QEMU's threads on the host's processors that `<cputune>` or `<vcpu cpuset>` has for it. What QEMU begins later runs where
 * the thread does that begins it, so this is to be called again when a processor was plugged. May be repeated.
 * @throws QmpError; Refusal system_error when the host has none of the processors
 */
export async function pinThreads(
  { monitor, pid }: { readonly monitor: Monitor; readonly pid: number },
  definition: DomainDef,
): Promise<void> {
  if (!says(definition)) return;
  const known = await numbered(monitor, definition);
  const usual = setOf(definition.vcpu.cpuset) ?? everyProcessor;
  const emulator = setOf(definition.cputune?.emulatorpin?.cpuset) ?? usual;
  for (const name of await readdir(`/proc/${pid}/task`)) {
    const tid = Number(name);
    pin(tid, known.has(tid) ? (setOf(known.get(tid)) ?? usual) : emulator);
  }
}

/** Puts one of them elsewhere, then on record. @throws LibvirtError 8 for one that there is not; as `pinThreads` */
export async function pinThread(guest: LiveGuest, wish: ThreadPin): Promise<void> {
  const after = withPin(liveDefinition(guest.entry), wish, 'live');
  await pinThreads(guest, after);
  await guest.amend((entry) => ({ ...entry, xml: formatDomain(after, { flavour: 'live' }) }));
}

/** A thread may have ended meanwhile. */
function pin(tid: number, processors: Processors): void {
  try {
    setAffinity(tid, processors);
  } catch (thrown) {
    if (!(thrown instanceof SystemError)) throw thrown;
    if (thrown.code === 'ESRCH') return;
    throw new Refusal('system_error', `cannot set CPU affinity on process ${tid}: ${wordsOf(thrown)}`, { cause: thrown });
  }
}
