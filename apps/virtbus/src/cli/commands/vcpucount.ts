import { parseDomain } from '@virtbus/libvirt-xml';
import { command } from '../command.js';
import type { Context } from '../context.js';
import { isActive } from '../core/list-filter.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { notRunning } from '../read-stats.js';
import { findDomain, withDomain } from '../references.js';

interface Row {
  readonly which: 'maximum' | 'current';
  readonly of: 'config' | 'live';
  readonly count: number;
}

async function read(context: Context, uuid: string, of: Row['of']): Promise<Row[]> {
  const { xml } = await withDomain(context, uuid, undefined, async (domain) =>
    context.ask('getDomainXml', { domain, inactive: of === 'config' }),
  );
  const { vcpu } = parseDomain(xml, { flavour: of === 'config' ? 'inactive' : 'live' });
  return [
    { which: 'maximum', of, count: vcpu.value },
    { which: 'current', of, count: vcpu.current ?? vcpu.value },
  ];
}

const rank = (row: Row): number => (row.which === 'maximum' ? 0 : 2) + (row.of === 'config' ? 0 : 1);
const formatRow = ({ which, of, count }: Row): string => `${which.padEnd(12)} ${of.padEnd(12)} ${String(count).padStart(3)}\n`;

/** The one number that is asked for; undefined when all are. */
function wanted(
  rows: readonly Row[],
  flags: Readonly<Record<'maximum' | 'active' | 'config' | 'live' | 'current', boolean>>,
): Row | undefined {
  if (!Object.values(flags).includes(true)) return undefined;
  const of = !flags.config && rows.some((row) => row.of === 'live') ? 'live' : 'config';
  return rows.find((row) => row.of === of && row.which === (flags.maximum ? 'maximum' : 'current'));
}

export default command({
  about: 'Show how many processors a domain has and can have.',
  example: 'virtbus vcpucount web --active --live',
  options: {
    domain: domainOption,
    maximum: { kind: 'flag', about: 'the most that it can have' },
    active: { kind: 'flag', about: 'those that it has' },
    live: { kind: 'flag', about: 'of the running domain' },
    config: { kind: 'flag', about: 'of its definition' },
    current: { kind: 'flag', about: 'of the running domain, or of its definition when it does not run' },
  },
  async run({ domain: text, live, ...flags }, context) {
    if (flags.maximum && flags.active) throw new Failure(['Options --maximum and --active are mutually exclusive'], 'usage');
    const domain = await findDomain(context, text);
    if (live && !isActive(domain)) throw notRunning();
    const rows = [
      ...(domain.persistent ? await read(context, domain.uuid, 'config') : []),
      ...(isActive(domain) ? await read(context, domain.uuid, 'live') : []),
    ].toSorted((a, b) => rank(a) - rank(b));
    const one = wanted(rows, { ...flags, live });
    return one ? { text: `${one.count}\n`, json: one } : { text: rows.map(formatRow).join(''), json: rows };
  },
});
