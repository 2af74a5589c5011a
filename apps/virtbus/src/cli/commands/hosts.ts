import type { HostSummary } from '@virtbus/contracts';
import { command } from '../command.js';
import { formatTable } from '../core/text-table.js';

/** A host that is silent is said to be so first: what an operator wants of it cannot happen now. */
function stateOf({ alive, cordoned }: HostSummary): string {
  if (!alive) return cordoned ? 'silent, cordoned' : 'silent';
  return cordoned ? 'cordoned' : 'ready';
}

const rowOf = (host: HostSummary): string[] => [
  host.hostId,
  host.hostname,
  stateOf(host),
  host.arch,
  host.kvm ? 'yes' : 'no',
  `${host.vcpusClaimed}/${host.cpus}`,
  `${host.memoryClaimedMiB}/${host.memoryMiB} MiB`,
  String(host.domains),
];

const header = ['Host', 'Hostname', 'State', 'Arch', 'KVM', 'CPUs', 'Memory', 'Domains'];

export default command({
  about: 'List the hosts of the fleet, and how much of each is claimed by domains.',
  example: 'virtbus hosts',
  options: {},
  async run(_, context) {
    const { hosts } = await context.ask('listHosts', {});
    const sorted = hosts.toSorted((a, b) => (a.hostId < b.hostId ? -1 : 1));
    return { text: formatTable({ header, rows: sorted.map(rowOf) }, context.globals.quiet), json: sorted };
  },
});
