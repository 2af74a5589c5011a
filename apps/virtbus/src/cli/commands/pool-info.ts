import { command } from '../command.js';
import { byteWords } from '../core/byte-words.js';
import { formatFields } from '../core/text-table.js';
import { findPool, poolOption } from '../pool-order.js';

const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

export default command({
  about: 'Show what is known of a storage pool.',
  example: 'virtbus pool-info images',
  options: { pool: poolOption },
  async run({ pool: text }, context) {
    const pool = await findPool(context, text);
    const { capacity = 0, allocation = 0, available = 0 } = pool;
    const room: [string, string][] = [
      ['Capacity', byteWords(capacity)],
      ['Allocation', byteWords(allocation)],
      ['Available', byteWords(available)],
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
