import { command } from '../command.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { memberOf, statsOf } from '../read-stats.js';

const rows = [
  ['rd_req', 'rd.reqs'],
  ['rd_bytes', 'rd.bytes'],
  ['wr_req', 'wr.reqs'],
  ['wr_bytes', 'wr.bytes'],
  ['flush_operations', 'fl.reqs'],
  ['rd_total_times', 'rd.times'],
  ['wr_total_times', 'wr.times'],
  ['flush_total_times', 'fl.times'],
] as const;

export default command({
  about: 'Show what a disk of a running domain has read and written.',
  example: 'virtbus domblkstat web vda',
  options: { domain: domainOption, device: { kind: 'text', about: 'target or source of the disk; all disks together when not given' } },
  async run({ domain: text, device = '' }, context) {
    const { stats } = await statsOf(context, text, 'block');
    const one = device === '' ? undefined : memberOf(stats, 'block', device);
    if (device !== '' && one === undefined) {
      const words = `invalid argument: invalid path: ${device}`;
      throw new Failure([`Failed to get block stats for domain '${text}' device '${device}'`, words], 'invalid_argument', { libvirt: 8 });
    }
    const prefixes = one === undefined ? Array.from({ length: Number(stats['block.count'] ?? 0) }, (_, at) => `block.${at}.`) : [one];
    const sums = rows.map(([word, key]) => [word, prefixes.reduce((sum, prefix) => sum + Number(stats[prefix + key] ?? 0), 0)] as const);
    return { text: sums.map(([word, value]) => `${device} ${word} ${value}\n`).join(''), json: Object.fromEntries(sums) };
  },
});
