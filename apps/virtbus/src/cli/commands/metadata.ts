import { changeOptions, reachOf } from '../change-options.js';
import { command, done } from '../command.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { withDomain } from '../references.js';

export default command({
  about: "Show the element of a namespace in a domain's <metadata>, set it or remove it.",
  example: `virtbus metadata web http://example.org/ --key app --set '<owner>me</owner>'`,
  options: {
    domain: domainOption,
    uri: { kind: 'text', required: true, about: 'the namespace' },
    ...changeOptions,
    edit: { kind: 'flag', about: 'open an editor (not available here)' },
    key: { kind: 'text', about: 'prefix that the namespace gets' },
    set: { kind: 'text', about: 'the new element, XML' },
    remove: { kind: 'flag', about: 'remove the element' },
  },
  async run({ domain: text, uri, edit, key, set, remove, ...flags }, context) {
    const ways = Object.entries({ set: set !== undefined, remove, edit }).filter(([, given]) => given);
    const [first, second] = ways.map(([name]) => name);
    if (second !== undefined) throw new Failure([`Options --${first} and --${second} are mutually exclusive`], 'usage');
    if (edit) throw new Failure(['argument unsupported: --edit is not available; give the new element with --set'], 'usage');
    const reach = reachOf(flags);
    if (set === undefined && !remove) {
      const { value } = await withDomain(context, text, undefined, async (domain) =>
        context.ask('getDomainMetadata', { domain, kind: 'element', uri, ...reach }),
      );
      return { text: `${value}\n`, json: { value } };
    }
    if (set !== undefined && key === undefined) throw new Failure(['option --key is required when --set is given'], 'usage');
    const metadata = { kind: 'element', uri, ...(key === undefined ? {} : { key }), ...(set === undefined ? {} : { value: set }) } as const;
    const json = await withDomain(context, text, undefined, async (domain) =>
      context.order('setDomainMetadata', { domain, metadata, ...reach }),
    );
    return done(remove ? 'Metadata removed' : 'Metadata modified', json);
  },
});
