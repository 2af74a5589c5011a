import { command } from '../command.js';
import { byteWords } from '../core/byte-words.js';
import { formatFields } from '../core/text-table.js';
import { findPool, poolOption } from '../pool-order.js';

const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

export default command({
  about: 'Show what is known of a storage pool.',
  example: 'virtbus pool-info images',
  options: { pool: poolOption, bytes: { kind: 'flag', about: 'sizes in bytes' } },
  async run({ pool: text, bytes }, context) {
    const pool = await findPool(context, text);
    const { capacity = 0, allocation = 0, available = 0 } = pool;
    const words = (count: number): string => (bytes ? String(count) : byteWords(count));
    const room: [string, string][] = [
      ['Capacity', words(capacity)],
      ['Allocation', words(allocation)],
      ['Available', words(available)],
    ];
    const fields: [string, string][] = [
      ['Name', pool.name],
      ['UUID', pool.uuid],
      ['State', pool.active ? 'running' : 'inactive'],
      ['Persistent', yesNo(pool.persistent)],
      ['Autostart', yesNo(pool.autostart)],
      ...(pool.active ? room : []),
    ];
    return { text: formatFields(fields), json: pool };
  },
});
