import { command } from '../command.js';
import { domainOption } from '../object-order.js';
import { statsOf } from '../read-stats.js';

/** virsh's words, each with the counter behind it, in virsh's order. */
const rows = [
  ['actual', 'balloon.current'],
  ['swap_in', 'balloon.swap_in'],
  ['swap_out', 'balloon.swap_out'],
  ['major_fault', 'balloon.major_fault'],
  ['minor_fault', 'balloon.minor_fault'],
  ['unused', 'balloon.unused'],
  ['available', 'balloon.available'],
  ['usable', 'balloon.usable'],
  ['last_update', 'balloon.last-update'],
  ['disk_caches', 'balloon.disk_caches'],
  ['hugetlb_pgalloc', 'balloon.hugetlb_pgalloc'],
  ['hugetlb_pgfail', 'balloon.hugetlb_pgfail'],
  ['rss', 'balloon.rss'],
] as const;

export default command({
  about: "Show a running domain's memory: what its balloon leaves, what its guest tells, and what it takes of the host. KiB.",
  example: 'virtbus dommemstat web',
  options: { domain: domainOption },
  async run({ domain: text }, context) {
    const { stats } = await statsOf(context, text, 'balloon');
    const known = rows.flatMap(([word, key]) => (stats[key] === undefined ? [] : [[word, stats[key]] as const]));
    return { text: known.map(([word, value]) => `${word} ${value}\n`).join(''), json: Object.fromEntries(known) };
  },
});
