import { command } from '../command.js';
import { domainReference } from '../references.js';
import { failed } from '../failure.js';
import { statsGroups, type StatsGroupName } from '../core/stats-groups.js';

export default command({
  about: 'Show what domains use: all that run, or those that are named.',
  example: 'virtbus domstats web --cpu-total --interface',
  options: {
    state: { kind: 'flag', about: 'state' },
    'cpu-total': { kind: 'flag', about: 'processor time of the whole' },
    balloon: { kind: 'flag', about: 'memory' },
    vcpu: { kind: 'flag', about: 'each processor' },
    interface: { kind: 'flag', about: 'interfaces' },
    block: { kind: 'flag', about: 'disks' },
    raw: { kind: 'flag', about: 'numbers instead of words; they always are' },
    domain: { kind: 'optional-list', about: 'number, name or UUID of a domain' },
  },
  async run({ domain: texts, ...flags }, context) {
    const groups = statsGroups.filter((name: StatsGroupName) => flags[name]);
    try {
      const domains = texts && (await Promise.all(texts.map((text) => domainReference(context, text))));
      const question = { ...(domains ? { domains } : {}), ...(groups.length > 0 ? { groups } : {}) };
      const [{ records }, list] = await Promise.all([context.ask('getDomainStats', question), context.ask('listDomains', {})]);
      const names = new Map(list.domains.map(({ uuid, name }) => [uuid, name] as const));
      const nameOf = (uuid: string): string => names.get(uuid) ?? uuid;
      const texted = records.map(({ uuid, stats }) =>
        [`Domain: '${nameOf(uuid)}'`, ...Object.entries(stats).map(([name, value]) => `  ${name}=${value}`), ''].join('\n'),
      );
      return { text: texted.join('\n'), json: records.map(({ uuid, stats }) => ({ uuid, name: nameOf(uuid), stats })) };
    } catch (error) {
      throw failed(undefined, error);
    }
  },
});
