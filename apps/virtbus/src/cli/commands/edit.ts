import { command } from '../command.js';
import { editDefinition } from '../edit-definition.js';
import { domainOption } from '../object-order.js';
import { findDomain } from '../references.js';

export default command({
  about:
    'Change the definition of a domain in an editor: the one that VISUAL or EDITOR names. What somebody else has changed meanwhile is not replaced unasked.',
  example: 'virtbus edit web',
  options: { domain: domainOption },
  async run({ domain: text }, context) {
    const { uuid, name } = await findDomain(context, text);
    return editDefinition(context, {
      what: `Domain '${name}'`,
      read: async () => context.ask('getDomainXml', { domain: uuid, inactive: true, secure: true }),
      define: async (xml, revision) => context.order('defineDomain', { xml, ...(revision === undefined ? {} : { revision }) }),
    });
  },
});
