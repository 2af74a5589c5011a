import { command } from '../command.js';
import { formatTable } from '../core/text-table.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { findDomain } from '../references.js';

const filter = (about: string) => ({ kind: 'flag', about }) as const;

/** These do not go together. */
const exclusive = [
  ['tree', 'name'],
  ['parent', 'roots'],
  ['parent', 'tree'],
  ['roots', 'tree'],
  ['roots', 'from'],
  ['roots', 'current'],
] as const;

export default command({
  about: 'List the snapshots of a domain. The fleet takes none, so there are none.',
  example: 'virtbus snapshot-list web',
  options: {
    domain: domainOption,
    parent: { kind: 'flag', about: 'add a column showing parent snapshot' },
    roots: filter('only snapshots without parents'),
    leaves: filter('only snapshots without children'),
    'no-leaves': filter('only snapshots with children'),
    metadata: filter('only snapshots that have metadata'),
    'no-metadata': filter('only snapshots that have none'),
    inactive: filter('only those taken while inactive'),
    active: filter('only those taken while active'),
    'disk-only': filter('only those of disks'),
    internal: filter('only internal snapshots'),
    external: filter('only external snapshots'),
    tree: { kind: 'flag', about: 'list snapshots in a tree' },
    from: { kind: 'text', namedOnly: true, about: 'only children of this snapshot' },
    current: filter('only children of the current snapshot'),
    descendants: filter('with --from, all descendants'),
    name: { kind: 'flag', about: 'list names only' },
    topological: filter('sort topologically'),
  },
  async run({ domain: text, ...flags }, context) {
    const given = (name: (typeof exclusive)[number][number]): boolean => flags[name] !== undefined && flags[name] !== false;
    const clash = exclusive.find(([one, other]) => given(one) && given(other));
    if (clash) throw new Failure([`Options --${clash[0]} and --${clash[1]} are mutually exclusive`], 'usage');
    await findDomain(context, text);
    const missing = (words: string): Failure => new Failure([`Domain snapshot not found: ${words}`], 'no_snapshot', { libvirt: 72 });
    if (flags.from !== undefined) throw missing(`no domain snapshot with matching name '${flags.from}'`);
    if (flags.current) throw missing('the domain does not have a current snapshot');
    const header = ['Name', 'Creation Time', 'State', ...(flags.parent ? ['Parent'] : [])];
    return { text: flags.tree || flags.name ? '' : formatTable({ header, rows: [] }, context.globals.quiet), json: [] };
  },
});
