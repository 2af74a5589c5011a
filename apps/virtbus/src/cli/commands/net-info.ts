import { command } from '../command.js';
import { networkOption } from '../object-order.js';
import { formatFields } from '../core/text-table.js';
import { findNetwork, networkMissing } from '../references.js';

const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

export default command({
  about: 'Show what is known of a network.',
  example: 'virtbus net-info lab',
  options: { network: networkOption },
  async run({ network: text }, context) {
    const network = await findNetwork(context, text, ['uuid', 'name']);
    if (!network) throw networkMissing(text);
    const fields: [string, string][] = [
      ['Name', network.name],
      ['UUID', network.uuid],
      ['Active', yesNo(network.active)],
      ['Persistent', yesNo(network.persistent)],
      ['Autostart', yesNo(network.autostart)],
      ...(network.bridge === undefined ? [] : [['Bridge', network.bridge] satisfies [string, string]]),
    ];
    return { text: formatFields(fields), json: network };
  },
});
