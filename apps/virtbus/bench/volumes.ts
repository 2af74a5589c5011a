/**
 * The bytes of a volume through the fleet's gateway and through Debian's libvirtd, side by side in one run, by virsh over unix sockets;
 * with the memory that each service of the fleet had at most.
 *
 * usage: npm run bench -- volumes [--runs N] [--mib N]
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { startFleetDaemon, startLibvirtDaemon, uriOf, type Daemon } from './rpc/daemons.ts';
import { median, timed } from './rpc/times.ts';
import { childrenOf, peakOf } from './start/resident.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' }, mib: { type: 'string', default: '256' } } });
const runs = Number(values.runs);
const mib = Number(values.mib);
const MIB = 1024 * 1024;

const execute = promisify(execFile);
const virsh = (daemon: Daemon, ...args: readonly string[]) => execute('virsh', ['-c', uriOf(daemon), ...args]);

/** Random, so that nothing on the way can make less of it. */
async function fill(path: string): Promise<void> {
  const file = await open(path, 'w');
  const piece = Buffer.alloc(MIB);
  for (let at = 0; at < mib; at += 1) await file.write(randomFillSync(piece));
  await file.close();
}

async function makePool(daemon: Daemon, directory: string): Promise<void> {
  await mkdir(directory);
  await virsh(daemon, 'pool-create-as', 'bench', 'dir', '--target', directory);
  await virsh(daemon, 'vol-create-as', 'bench', 'disk', `${mib}M`, '--allocation', '0');
}

type Way = readonly [name: string, act: () => Promise<unknown>];

/** One of each in turn, so that whatever else the machine does hits both; the first round warms up. @returns seconds */
async function alternately(ways: readonly Way[]): Promise<number[]> {
  const times = ways.map((): number[] => []);
  for (let run = -1; run < runs; run += 1) {
    for (const [index, [, act]] of ways.entries()) {
      const took = await timed(act);
      if (run >= 0) times[index]?.push(took / 1_000);
    }
  }
  return times.map(median);
}

function report(what: string, ways: readonly Way[], seconds: readonly number[]): void {
  const theirs = seconds[ways.findIndex(([name]) => name === 'libvirtd')];
  const shown = ways.map(([name], index) => {
    const own = seconds[index] ?? Number.NaN;
    const ratio = theirs === undefined || name === 'libvirtd' ? '' : ` (${(own / theirs).toFixed(2)} of libvirtd's)`;
    return `${name} ${own.toFixed(2)} s, ${Math.round(mib / own)} MiB/s${ratio}`;
  });
  console.log(`${what.padEnd(10)} ${mib} MiB  ${shown.join('   ')}`);
}

const directory = await mkdtemp('/var/tmp/vb-volumes-');
process.env['VIRTBUS_POOL_ROOTS'] = directory;
const fleet = await startFleetDaemon();
const libvirtd = await startLibvirtDaemon();
const daemons = libvirtd ? [fleet, libvirtd] : [fleet];
try {
  const [source, target] = [join(directory, 'source'), join(directory, 'target')];
  await fill(source);
  for (const daemon of daemons) await makePool(daemon, join(directory, daemon.name));
  const byVirsh = (...args: readonly string[]): Way[] => daemons.map((daemon) => [daemon.name, () => virsh(daemon, ...args)]);
  const ups = byVirsh('vol-upload', 'disk', source, 'bench');
  report('upload', ups, await alternately(ups));
  const downs = byVirsh('vol-download', 'disk', target, 'bench');
  report('download', downs, await alternately(downs));
  await execute('cmp', [source, target]);
  for (const pid of await childrenOf(fleet.pid)) console.log(await peakOf(pid));
} finally {
  await libvirtd?.close();
  await fleet.close();
  await rm(directory, { recursive: true, force: true });
}
process.exit();
