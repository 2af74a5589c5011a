import { changeOptions, reachOf } from '../change-options.js';
import { command, done } from '../command.js';
import { Failure } from '../failure.js';
import { FleetError } from '../fleet.js';
import { domainOption } from '../object-order.js';
import { findDomain, withDomain } from '../references.js';

export default command({
  about: "Show a domain's description or title, or change it.",
  example: "virtbus desc web --title 'web server'",
  options: {
    domain: domainOption,
    ...changeOptions,
    title: { kind: 'flag', about: 'the title instead of the description' },
    edit: { kind: 'flag', about: 'open an editor (not available here)' },
    'new-desc': { kind: 'optional-list', about: 'the new words; none take them away' },
  },
  async run({ domain: text, title, edit, 'new-desc': words, ...flags }, context) {
    if (edit) throw new Failure(['argument unsupported: --edit is not available; give the new words'], 'usage');
    const reach = reachOf(flags);
    const kind = title ? 'title' : 'description';
    if (words !== undefined) {
      const value = words.join(' ');
      const metadata = { kind, ...(value === '' ? {} : { value }) } as const;
      const json = await withDomain(context, text, `Failed to set new domain ${kind}`, async (domain) =>
        context.order('setDomainMetadata', { domain, metadata, ...reach }),
      );
      return done(`Domain ${kind} updated successfully`, json);
    }
    const { name, uuid } = await findDomain(context, text);
    const value = await withDomain(context, text, undefined, async () =>
      context.ask('getDomainMetadata', { domain: uuid, kind, ...reach }).then(
        (answer) => answer.value,
        (thrown: unknown) => {
          if (thrown instanceof FleetError && thrown.code === 'no_domain_metadata') return undefined;
          throw thrown;
        },
      ),
    );
    return { text: value === undefined ? `No ${kind} for domain: ${name}\n` : `${value}\n`, json: { [kind]: value ?? null } };
  },
});
