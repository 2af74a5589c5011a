import { command } from '../command.js';
import { domainOption } from '../object-order.js';
import { withDomain } from '../references.js';

export default command({
  about: 'Print the XML of a domain: as it runs, with the devices as they are really plugged, else as it is defined.',
  example: 'virtbus dumpxml web --inactive',
  options: {
    domain: domainOption,
    inactive: { kind: 'flag', about: 'as it is defined, also while it runs' },
    'security-info': { kind: 'flag', about: 'with its passwords, for whoever may see them' },
  },
  async run({ domain: text, inactive, 'security-info': secure }, context) {
    const { xml } = await withDomain(context, text, undefined, async (domain) =>
      context.ask('getDomainXml', { domain, inactive, ...(secure ? { secure } : {}) }),
    );
    return { text: `${xml.trimEnd()}\n`, json: { xml } };
  },
});
