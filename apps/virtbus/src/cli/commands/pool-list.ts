import type { PoolDetail } from '@virtbus/contracts';
import { command, told } from '../command.js';
import { byteWords } from '../core/byte-words.js';
import { chooseNetworks } from '../core/list-filter.js';
import { formatTable } from '../core/text-table.js';
import { Failure } from '../failure.js';

/** libvirt's types; those of the fleet are all `dir`. */
const types: readonly string[] = 'dir fs netfs logical disk iscsi iscsi-direct scsi mpath rbd gluster zfs vstorage'.split(' ');

/** Whether pools of the fleet are of one of these types. @throws Failure */
function wantsDirectories(text: string | undefined): boolean {
  const wanted = text?.split(',') ?? ['dir'];
  const unknown = wanted.find((type) => !types.includes(type));
  if (unknown !== undefined) throw new Failure([`Invalid pool type '${unknown}'`], 'usage');
  return wanted.includes('dir');
}

const yesNo = (value: boolean): string => (value ? 'yes' : 'no');
const rowOf = ({ name, active, autostart }: PoolDetail): string[] => [name, active ? 'active' : 'inactive', yesNo(autostart)];

function detailsOf(pool: PoolDetail): string[] {
  const { capacity, allocation, available } = pool;
  const room = [capacity, allocation, available].map((bytes) => (bytes === undefined ? '-' : byteWords(bytes)));
  return [pool.name, pool.active ? 'running' : 'inactive', yesNo(pool.autostart), yesNo(pool.persistent), ...room];
}

export default command({
  about: 'List storage pools: those that are active, unless an option says which.',
  example: 'virtbus pool-list --all --details',
  options: {
    inactive: { kind: 'flag', about: 'pools that are not active' },
    all: { kind: 'flag', about: 'active pools and those that are not' },
    persistent: { kind: 'flag', about: 'pools with a kept definition' },
    transient: { kind: 'flag', about: 'pools without a kept definition' },
    autostart: { kind: 'flag', about: 'pools that start with the fleet' },
    'no-autostart': { kind: 'flag', about: 'pools that do not' },
    type: { kind: 'text', namedOnly: true, about: 'pools of these types, separated by commas' },
    details: { kind: 'flag', about: 'with the space that there is' },
    uuid: { kind: 'flag', about: 'print the UUIDs only' },
    name: { kind: 'flag', about: 'print the names only' },
  },
  async run(options, context) {
    const wanted = wantsDirectories(options.type);
    const { pools } = await context.ask('listPools', {});
    const chosen = wanted ? chooseNetworks(pools, options) : [];
    if (options.name || options.uuid) {
      return told(
        chosen.map(({ name, uuid }) => (options.name ? name : uuid)),
        chosen,
      );
    }
    const brief = ['Name', 'State', 'Autostart'];
    const table = options.details
      ? { header: [...brief, 'Persistent', 'Capacity', 'Allocation', 'Available'], rows: chosen.map(detailsOf) }
      : { header: brief, rows: chosen.map(rowOf) };
    return { text: formatTable(table, context.globals.quiet), json: chosen };
  },
});
