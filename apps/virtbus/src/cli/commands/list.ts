import type { DomainSummary } from '@virtbus/contracts';
import { command, told } from '../command.js';
import { chooseDomains, isActive } from '../core/list-filter.js';
import { stateWords } from '../core/state-words.js';
import { formatTable } from '../core/text-table.js';
import { Failure } from '../failure.js';

interface Columns {
  readonly name: boolean;
  readonly uuid: boolean;
  readonly id: boolean;
  readonly title: boolean;
  readonly host: boolean;
}

const idWords = (domain: DomainSummary): string => (domain.id === undefined ? '-' : String(domain.id));

/** One domain a line, UUID before number before name, as virsh orders what was asked for. */
const keysOf = (domain: DomainSummary, { name, uuid, id }: Columns): string =>
  [...(uuid ? [domain.uuid] : []), ...(id ? [idWords(domain)] : []), ...(name ? [domain.name] : [])].join(' ');

function tableOf(domains: readonly DomainSummary[], { title, host }: Columns) {
  const header = ['Id', 'Name', 'State', ...(title ? ['Title'] : []), ...(host ? ['Host'] : [])];
  const rows = domains.map((domain) => [
    idWords(domain),
    domain.name,
    stateWords(domain.state),
    ...(title ? [domain.title ?? ''] : []),
    ...(host ? [domain.hostId ?? '-'] : []),
  ]);
  return { header, rows };
}

function refuseContradiction(table: boolean, { name, uuid, id }: Columns): void {
  const other = name ? 'name' : uuid ? 'uuid' : id ? 'id' : undefined;
  if (table && other) throw new Failure([`Options --table and --${other} are mutually exclusive`], 'usage');
}

export default command({
  about: 'List domains: those that are active, unless an option says which.',
  example: 'virtbus list --all',
  options: {
    inactive: { kind: 'flag', about: 'domains that are not active' },
    all: { kind: 'flag', about: 'active domains and those that are not' },
    transient: { kind: 'flag', about: 'domains without a kept definition' },
    persistent: { kind: 'flag', about: 'domains with a kept definition' },
    'state-running': { kind: 'flag', about: 'domains that run' },
    'state-paused': { kind: 'flag', about: 'domains that are paused' },
    'state-shutoff': { kind: 'flag', about: 'domains that are shut off' },
    'state-other': { kind: 'flag', about: 'domains in another state' },
    autostart: { kind: 'flag', about: 'domains that start with the fleet' },
    'no-autostart': { kind: 'flag', about: 'domains that do not' },
    uuid: { kind: 'flag', about: 'print the UUIDs only' },
    name: { kind: 'flag', about: 'print the names only' },
    id: { kind: 'flag', about: 'print the numbers only' },
    table: { kind: 'flag', about: 'print a table (the default)' },
    title: { kind: 'flag', about: 'a column with the titles' },
    host: { kind: 'flag', about: 'a column with the hosts' },
  },
  async run(options, context) {
    refuseContradiction(options.table, options);
    const { domains } = await context.ask('listDomains', {});
    const chosen = chooseDomains(domains, options);
    if (!options.name && !options.uuid && !options.id) {
      return { text: formatTable(tableOf(chosen, options), context.globals.quiet), json: chosen };
    }
    const numbersOnly = options.id && !options.name && !options.uuid;
    const shown = numbersOnly ? chosen.filter(isActive) : chosen;
    return told(
      shown.map((domain) => keysOf(domain, options)),
      shown,
    );
  },
});
