import { command } from '../command.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { memberOf, statsOf } from '../read-stats.js';

const lines = ['bytes', 'packets', 'errs', 'drop'] as const;
const keys = { bytes: 'bytes', packets: 'pkts', errs: 'errs', drop: 'drop' } as const;

export default command({
  about: 'Show what an interface of a running domain has carried, as the guest sees it.',
  example: 'virtbus domifstat web vnet0',
  options: { domain: domainOption, interface: { kind: 'text', required: true, about: 'name of its tap, or its MAC address' } },
  async run({ domain: text, interface: name }, context) {
    const { domain, stats } = await statsOf(context, text, 'interface');
    const target = domain.interfaces.find(({ mac, target: tap }) => tap === name || mac === name.toLowerCase())?.target ?? name;
    const prefix = memberOf(stats, 'net', target);
    if (prefix === undefined) {
      const words = `invalid argument: invalid path, '${name}' is not a known interface`;
      throw new Failure([`Failed to get interface stats ${text} ${name}`, words], 'invalid_argument', { libvirt: 8 });
    }
    const rows = ['rx', 'tx'].flatMap((way) =>
      lines.map((word) => [`${way}_${word}`, stats[`${prefix}${way}.${keys[word]}`] ?? 0] as const),
    );
    return { text: rows.map(([word, value]) => `${name} ${word} ${value}\n`).join(''), json: Object.fromEntries(rows) };
  },
});
