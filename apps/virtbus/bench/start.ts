/**
 * From a start order to a running guest, side by side in one run, one start of each in changing turn:
 * - virtbus: domain.start accepted by the bus → the guest runs, and domain.start sent → domain.started heard, over a real
 *   nats-server whose writes are synchronous, all services in one process;
 * - QEMU alone: the very same arguments and taps, spawn → QMP `cont` answered;
 * - libvirtd: `virsh start` of the same definition, when libvirtd is installed, with /dev/kvm hidden (it would probe for seconds).
 *
 * usage: npm run bench -- start [--runs N] [--nics N]
 */
import { parseArgs } from 'node:util';
import { FleetStarts } from './start/fleet-starts.ts';
import { LibvirtStarts } from './start/libvirt-starts.ts';
import { QemuStarts } from './start/qemu-starts.ts';
import { printSteps } from './start/steps.ts';
import { residentMiB } from './start/resident.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '20' }, nics: { type: 'string', default: '3' } } });
const runs = Number(values.runs);
const nics = Number(values.nics);
/** Rounds that do not count. */
const WARM_UP = 3;

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;

interface Series {
  readonly name: string;
  readonly ms: number[];
}

function report(series: readonly Series[], base: Series): void {
  const sorted = (each: Series) => each.ms.toSorted((a, b) => a - b);
  const baseline = sorted(base);
  console.log(`\n${'start'.padEnd(34)} ${'p50'.padStart(9)} ${'p95'.padStart(9)}   ratio p50   ratio p95`);
  for (const each of series) {
    const times = sorted(each);
    const [p50, p95] = [quantile(times, 0.5), quantile(times, 0.95)];
    const ratio = (q: number, value: number) => `${(value / quantile(baseline, q)).toFixed(2)} ×`.padStart(9);
    console.log(
      `${each.name.padEnd(34)} ${p50.toFixed(1).padStart(6)} ms ${p95.toFixed(1).padStart(6)} ms   ${ratio(0.5, p50)}   ${ratio(0.95, p95)}`,
    );
  }
}

const counted =
  ({ ms }: Series, took: number) =>
  () =>
    void ms.push(took);

/**
 * In another order each time, so that each comes after each of the others as often: the machine still clears up after a guest of
 * libvirtd's when the next one starts.
 */
function inTurn<T>(all: readonly T[], round: number): readonly T[] {
  const first = round % all.length;
  const order = [...all.slice(first), ...all.slice(0, first)];
  return Math.floor(round / all.length) % 2 === 0 ? order : order.toReversed();
}

async function oneAfterTheOther<T>(turns: readonly (() => Promise<T>)[]): Promise<T[]> {
  const done: T[] = [];
  for (const turn of turns) done.push(await turn());
  return done;
}

const fleet = await FleetStarts.open(nics);
let libvirt: LibvirtStarts | undefined;
try {
  libvirt = await LibvirtStarts.open(nics);
  const alone = await QemuStarts.open(fleet);
  const running: Series = { name: 'virtbus, accepted to running', ms: [] };
  const heard: Series = { name: 'virtbus, sent to event heard', ms: [] };
  const qemu: Series = { name: 'QEMU alone, spawn to cont', ms: [] };
  const theirs: Series = { name: "libvirtd, 'virsh start'", ms: [] };
  const turns = [
    async () => {
      const { runningMs, heardMs } = await fleet.once();
      return () => void (running.ms.push(runningMs), heard.ms.push(heardMs));
    },
    async () => counted(qemu, await alone.once()),
    ...(libvirt ? [async (other = libvirt) => counted(theirs, (await other?.once()) ?? NaN)] : []),
  ];
  for (let run = -WARM_UP; run < runs; run += 1) {
    const kept = await oneAfterTheOther(inTurn(turns, run + WARM_UP));
    if (run >= 0) kept.forEach((keep) => keep());
    if (process.stderr.isTTY) process.stderr.write(`\r${run + 1}/${runs}`);
  }
  console.log(`${runs} starts of each in turn, ${nics} virtio interfaces, TCG, no disk`);
  report([running, heard, qemu, ...(theirs.ms.length > 0 ? [theirs] : [])], qemu);
  if (!libvirt)
    console.log("libvirtd is not installed: left out (Debian's libvirt-daemon, libvirt-daemon-driver-qemu and libvirt-clients)");
  console.log(`\nresident memory: all in one process ${(await fleet.residentMiB()).toFixed(0)} MiB (aim 150)`);
  console.log(`                 a lone host-agent  ${(await residentMiB()).toFixed(0)} MiB (aim 90)`);
} finally {
  await libvirt?.close();
  await fleet.close();
}
await printSteps(nics);
process.exit();
