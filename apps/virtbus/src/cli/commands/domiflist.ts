import { command } from '../command.js';
import { interfaceCells, interfaceHeader, type InterfaceRow } from '../core/interface-row.js';
import { isActive } from '../core/list-filter.js';
import { formatTable } from '../core/text-table.js';
import { definitionInterfaces } from '../definition-interfaces.js';
import { domainOption } from '../object-order.js';
import { findDomain } from '../references.js';

export default command({
  about: 'List the interfaces of a domain, while it runs with the names of their taps on its host.',
  example: 'virtbus domiflist web',
  options: { domain: domainOption, inactive: { kind: 'flag', about: 'as they are defined, also while it runs' } },
  async run({ domain: text, inactive }, context) {
    const domain = await findDomain(context, text);
    const read = async (): Promise<InterfaceRow[]> => {
      const { xml } = await context.ask('getDomainXml', { domain: domain.uuid, inactive: true });
      return definitionInterfaces(xml);
    };
    const interfaces: readonly InterfaceRow[] = isActive(domain) && !inactive ? domain.interfaces : await read();
    const table = { header: interfaceHeader, rows: interfaces.map(interfaceCells) };
    return { text: formatTable(table, context.globals.quiet), json: interfaces };
  },
});
