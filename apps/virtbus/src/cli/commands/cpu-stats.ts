import { command } from '../command.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { statsOf } from '../read-stats.js';

const NS = 1e9;
const rows = [
  ['cpu_time', 'cpu.time'],
  ['user_time', 'cpu.user'],
  ['system_time', 'cpu.system'],
] as const;

export default command({
  about: 'Show how long the processors of its host have worked for a running domain.',
  example: 'virtbus cpu-stats web --total',
  options: { domain: domainOption, total: { kind: 'flag', about: 'of all processors together' } },
  async run({ domain: text, total }, context) {
    if (!total) throw new Failure(['argument unsupported: times of each host processor are not counted here; use --total'], 'usage');
    const { stats } = await statsOf(context, text, 'cpu-total');
    const times = rows.map(([word, key]) => [word, Number(stats[key] ?? 0)] as const);
    const lines = times.map(([word, ns]) => `\t${word.padEnd(12)} ${(ns / NS).toFixed(9).padStart(18)} seconds\n`);
    return { text: `Total:\n${lines.join('')}`, json: Object.fromEntries(times) };
  },
});
