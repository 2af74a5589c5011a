import { domainTaintWords, type DomainDetail } from '@virtbus/contracts';
import { command } from '../command.js';
import { domainOption } from '../object-order.js';
import { stateWords } from '../core/state-words.js';
import { formatFields } from '../core/text-table.js';
import type { Context } from '../context.js';
import { isActive } from '../core/list-filter.js';
import { FleetError } from '../fleet.js';
import type { Stats } from '../read-stats.js';
import { findDomain } from '../references.js';

const NS = 1e9;
const LABEL = 16;

/** What a guest has now, of its host: nothing when that does not answer, as in virsh. */
async function usageOf(context: Context, { uuid }: DomainDetail): Promise<Stats> {
  try {
    const { records } = await context.ask('getDomainStats', { domains: [uuid], groups: ['cpu-total', 'balloon'] });
    return records[0]?.stats ?? {};
  } catch (error) {
    if (error instanceof FleetError) return {};
    throw error;
  }
}

function fieldsOf(domain: DomainDetail, usage: Stats): [string, string | number][] {
  const seconds = Number(usage['cpu.time'] ?? 0) / NS;
  return [
    ['Id', domain.id ?? '-'],
    ['Name', domain.name],
    ['UUID', domain.uuid],
    ['OS Type', 'hvm'],
    ['State', stateWords(domain.state)],
    ['CPU(s)', domain.vcpus],
    ...labelled('CPU time', seconds === 0 ? undefined : `${seconds.toFixed(1)}s`),
    ['Max memory', `${Number(usage['balloon.maximum'] ?? domain.maxMemoryKiB)} KiB`],
    ['Used memory', `${Number(usage['balloon.current'] ?? domain.memoryKiB)} KiB`],
    ['Persistent', domain.persistent ? 'yes' : 'no'],
    ['Autostart', domain.autostart ? 'enable' : 'disable'],
    ['Managed save', 'no'],
    ['Security model', 'none'],
    ['Security DOI', 0],
  ];
}

/** The second and those after it stand below the first. */
const messagesOf = ({ taints = [] }: DomainDetail): string =>
  taints.map((taint, at) => `${(at === 0 ? 'Messages:' : '').padEnd(LABEL)}${domainTaintWords[taint]}\n`).join('');

/** virsh's lines; the last one is the fleet's own. */
const textOf = (domain: DomainDetail, usage: Stats): string =>
  `${formatFields(fieldsOf(domain, usage))}${messagesOf(domain)}${formatFields(labelled('Host', domain.hostId))}`;

const labelled = (label: string, text: string | undefined): [string, string][] => (text === undefined ? [] : [[label, text]]);

export default command({
  about: 'Show what is known of a domain, and on which host it is.',
  example: 'virtbus dominfo web',
  options: { domain: domainOption },
  async run({ domain: text }, context) {
    const domain = await findDomain(context, text);
    const usage = isActive(domain) ? await usageOf(context, domain) : {};
    return { text: textOf(domain, usage), json: domain };
  },
});
