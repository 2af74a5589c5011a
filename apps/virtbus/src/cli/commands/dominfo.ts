import type { DomainDetail } from '@virtbus/contracts';
import { command } from '../command.js';
import { domainOption } from '../object-order.js';
import { stateWords } from '../core/state-words.js';
import { formatFields } from '../core/text-table.js';
import { findDomain } from '../references.js';

/** virsh's lines that hold for every domain here; the last one is the fleet's own. */
const fieldsOf = (domain: DomainDetail): [string, string | number][] => [
  ['Id', domain.id ?? '-'],
  ['Name', domain.name],
  ['UUID', domain.uuid],
  ['OS Type', 'hvm'],
  ['State', stateWords(domain.state)],
  ['CPU(s)', domain.vcpus],
  ['Max memory', `${domain.maxMemoryKiB} KiB`],
  ['Used memory', `${domain.memoryKiB} KiB`],
  ['Persistent', domain.persistent ? 'yes' : 'no'],
  ['Autostart', domain.autostart ? 'enable' : 'disable'],
  ['Managed save', 'no'],
  ['Security model', 'none'],
  ['Security DOI', 0],
  ...(domain.hostId === undefined ? [] : [['Host', domain.hostId] satisfies [string, string]]),
];

export default command({
  about: 'Show what is known of a domain, and on which host it is.',
  example: 'virtbus dominfo web',
  options: { domain: domainOption },
  async run({ domain: text }, context) {
    const domain = await findDomain(context, text);
    return { text: formatFields(fieldsOf(domain)), json: domain };
  },
});
