/**
 * From a start order to a running guest, side by side in one run, one start of each in turn:
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

const fleet = await FleetStarts.open(nics);
let libvirt: LibvirtStarts | undefined;
try {
  libvirt = await LibvirtStarts.open(nics);
  const alone = await QemuStarts.open(fleet);
  const running: Series = { name: 'virtbus, accepted to running', ms: [] };
  const heard: Series = { name: 'virtbus, sent to event heard', ms: [] };
  const qemu: Series = { name: 'QEMU alone, spawn to cont', ms: [] };
  const theirs: Series = { name: "libvirtd, 'virsh start'", ms: [] };
  for (let run = -2; run < runs; run += 1) {
    const times = [await fleet.once(), await alone.once(), await libvirt?.once()] as const;
    if (run < 0) continue;
    running.ms.push(times[0].runningMs);
    heard.ms.push(times[0].heardMs);
    qemu.ms.push(times[1]);
    if (times[2] !== undefined) theirs.ms.push(times[2]);
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
