import type { PluggedInterface } from '@virtbus/contracts';
import { command } from '../command.js';
import { domainOption } from '../domain-order.js';
import { formatTable } from '../core/text-table.js';
import { findDomain } from '../references.js';

const header = ['Interface', 'Type', 'Source', 'Model', 'MAC'];

const rowOf = ({ target, type, source, model, mac }: PluggedInterface): string[] => [target ?? '-', type, source ?? '-', model ?? '-', mac];

export default command({
  about: 'List the interfaces of a domain, with the names of their taps on its host.',
  example: 'virtbus domiflist web',
  options: { domain: domainOption },
  async run({ domain: text }, context) {
    const { interfaces } = await findDomain(context, text);
    return { text: formatTable({ header, rows: interfaces.map(rowOf) }, context.globals.quiet), json: interfaces };
  },
});
