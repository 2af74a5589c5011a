import { parseDomain } from '@virtbus/libvirt-xml';
import { command } from '../command.js';
import { formatTable } from '../core/text-table.js';
import { domainOption } from '../object-order.js';
import { withDomain } from '../references.js';

type Disk = ReturnType<typeof parseDomain>['devices']['disk'][number];

/** What virsh shows as the source: the first that there is of these. */
function sourceOf(disk: Disk): string {
  const source: Readonly<Record<string, unknown>> = 'source' in disk && disk.source ? { ...disk.source } : {};
  const found = ['file', 'dev', 'dir', 'name', 'volume', 'path'].map((key) => source[key]).find((value) => typeof value === 'string');
  return typeof found === 'string' ? found : '-';
}

export default command({
  about: 'List the disks of a domain.',
  example: 'virtbus domblklist web --details',
  options: {
    domain: domainOption,
    inactive: { kind: 'flag', about: 'as they are defined, also while it runs' },
    details: { kind: 'flag', about: 'with their types' },
  },
  async run({ domain: text, inactive, details }, context) {
    const { xml } = await withDomain(context, text, undefined, async (domain) => context.ask('getDomainXml', { domain, inactive }));
    const disks = parseDomain(xml, { flavour: 'live' }).devices.disk.map((disk) => ({
      type: disk.type,
      device: disk.device ?? 'disk',
      target: disk.target.dev ?? '-',
      source: sourceOf(disk),
    }));
    const columns = details ? (['type', 'device', 'target', 'source'] as const) : (['target', 'source'] as const);
    const header = columns.map((name) => `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`);
    return {
      text: formatTable({ header, rows: disks.map((disk) => columns.map((name) => disk[name])) }, context.globals.quiet),
      json: disks,
    };
  },
});
