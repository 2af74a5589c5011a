import { command } from '../command.js';
import { domainOption } from '../object-order.js';
import { formatFields } from '../core/text-table.js';
import { statsOf } from '../read-stats.js';

const NS = 1e9;

export default command({
  about: 'Show the processors of a running domain.',
  example: 'virtbus vcpuinfo web',
  options: { domain: domainOption },
  async run({ domain: text }, context) {
    const { stats } = await statsOf(context, text, 'vcpu');
    const numbers = Array.from({ length: Number(stats['vcpu.maximum'] ?? 0) }, (_, at) => at).filter((at) => `vcpu.${at}.state` in stats);
    const vcpus = numbers.map((vcpu) => ({ vcpu, state: 'running', timeNs: Number(stats[`vcpu.${vcpu}.time`] ?? 0) }));
    const blocks = vcpus.map(({ vcpu, state, timeNs }) =>
      formatFields([
        ['VCPU', vcpu],
        ['CPU', 'N/A'],
        ['State', state],
        ['CPU time', `${(timeNs / NS).toFixed(1)}s`],
      ]),
    );
    return { text: blocks.join('\n'), json: vcpus };
  },
});
