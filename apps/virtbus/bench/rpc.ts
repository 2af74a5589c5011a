/**
 * libvirt's clients on the fleet's gateway and on Debian's libvirtd, side by side in one run, over unix sockets:
 * - `virsh list --all` with 1,000 and with 5,000 domains;
 * - one call after the other: a look-up, and all that `virsh dominfo` calls;
 * - 200 connections at once, each with calls of its own, and 200 virsh processes;
 * - the time from QEMU's event to a client that watches.
 *
 * usage: npm run bench -- rpc [--runs N] [--calls N]
 */
import { execFile } from 'node:child_process';
import { parseArgs, promisify } from 'node:util';
import { remoteProcedures as remote, type RpcClient } from '@virtbus/libvirt-rpc';
import { clientOf, defineUpTo, startFleetDaemon, startLibvirtDaemon, uriOf, type Daemon } from './rpc/daemons.ts';
import { eventLatencies } from './rpc/event-latency.ts';
import { quantile, timed } from './rpc/times.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '10' }, calls: { type: 'string', default: '5000' } } });
const runs = Number(values.runs);
const calls = Number(values.calls);
const CONNECTIONS = 200;

const execute = promisify(execFile);
const virsh = (daemon: Daemon, ...args: readonly string[]) =>
  execute('virsh', ['-c', uriOf(daemon), ...args], { maxBuffer: 64 * 1024 * 1024 });

async function listTimes(daemons: readonly Daemon[], count: number): Promise<number[][]> {
  for (const daemon of daemons) {
    await defineUpTo(daemon, count);
    const { stdout } = await virsh(daemon, 'list', '--all', '--name');
    const listed = stdout.split('\n').filter(Boolean).length;
    if (listed !== count) throw new Error(`${daemon.name} lists ${listed} domains of ${count}`);
  }
  return alternately(daemons, runs, (daemon) => virsh(daemon, 'list', '--all'));
}

/** One of each in turn, so that whatever else the machine does hits both. */
async function alternately(daemons: readonly Daemon[], times: number, work: (daemon: Daemon) => Promise<unknown>): Promise<number[][]> {
  const results = daemons.map((): number[] => []);
  for (let run = -2; run < times; run += 1) {
    for (const [index, daemon] of daemons.entries()) {
      const took = await timed(() => work(daemon));
      if (run >= 0) results[index]?.push(took);
    }
  }
  return results;
}

/** What `virsh dominfo` asks, after the connection is open. */
async function dominfo(client: RpcClient): Promise<void> {
  const { dom } = await client.call(remote.domain_lookup_by_name, { name: 'bench-00000' });
  await client.call(remote.domain_get_os_type, { dom });
  await client.call(remote.domain_get_info, { dom });
  await client.call(remote.domain_is_persistent, { dom });
  await client.call(remote.domain_get_autostart, { dom });
  await client.call(remote.domain_has_managed_save_image, { dom, flags: 0 });
}

async function callTimes(daemons: readonly Daemon[], work: (client: RpcClient) => Promise<unknown>): Promise<number[][]> {
  const clients = new Map(await Promise.all(daemons.map(async (daemon) => [daemon, await clientOf(daemon)] as const)));
  const clientFor = (daemon: Daemon) => clients.get(daemon) ?? Promise.reject(new Error('no client'));
  const times = await alternately(daemons, calls, async (daemon) => work(await clientFor(daemon)));
  for (const client of clients.values()) client.close();
  return times;
}

/** Every connection is open before the first call. @returns milliseconds of each call */
async function manyConnections(daemon: Daemon): Promise<number[]> {
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => clientOf(daemon)));
  const times = await Promise.all(
    clients.map(async (client) => {
      const own: number[] = [];
      for (let call = 0; call < 20; call += 1)
        own.push(await timed(() => client.call(remote.domain_lookup_by_name, { name: 'bench-00001' })));
      return own;
    }),
  );
  for (const client of clients) client.close();
  return times.flat();
}

const manyVirsh = (daemon: Daemon) =>
  timed(() => Promise.all(Array.from({ length: CONNECTIONS }, () => virsh(daemon, 'domstate', 'bench-00001'))));

function report(what: string, daemons: readonly Daemon[], times: readonly (readonly number[])[]): void {
  const [ours = [], theirs = []] = times;
  const shown = daemons.map(({ name }, index) => {
    const own = times[index] ?? [];
    return `${name} p50 ${quantile(own, 0.5).toFixed(3)} p95 ${quantile(own, 0.95).toFixed(3)} ms`;
  });
  const ratio = theirs.length > 0 ? `  ratio p50 ${(quantile(ours, 0.5) / quantile(theirs, 0.5)).toFixed(2)}` : '';
  console.log(`${what.padEnd(40)} ${shown.join('   ')}${ratio}`);
}

const fleet = await startFleetDaemon();
const libvirtd = await startLibvirtDaemon();
const daemons = libvirtd ? [fleet, libvirtd] : [fleet];
try {
  if (!libvirtd) console.log('libvirtd is not installed: the fleet alone');
  report('virsh list --all, 1,000 domains', daemons, await listTimes(daemons, 1_000));
  report(
    'one call after the other',
    daemons,
    await callTimes(daemons, (client) => client.call(remote.domain_lookup_by_name, { name: 'bench-00000' })),
  );
  report("what 'virsh dominfo' calls", daemons, await callTimes(daemons, dominfo));
  const many: number[][] = [];
  for (const daemon of daemons) many.push(await manyConnections(daemon));
  report(`${CONNECTIONS} connections, each call`, daemons, many);
  const together: number[][] = [];
  for (const daemon of daemons) together.push([await manyVirsh(daemon)]);
  report(`${CONNECTIONS} virsh at once, all of them`, daemons, together);
  const latencies: number[][] = [];
  for (const daemon of daemons) latencies.push(await eventLatencies(daemon, 50));
  report("QEMU's event to a client that watches", daemons, latencies);
  report('virsh list --all, 5,000 domains', daemons, await listTimes(daemons, 5_000));
} finally {
  await libvirtd?.close();
  await fleet.close();
}
process.exit();
