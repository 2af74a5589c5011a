import { command, told } from '../command.js';
import { domainOption } from '../object-order.js';
import { reasonWords, stateWords } from '../core/state-words.js';
import { findDomain } from '../references.js';

export default command({
  about: 'Print the state of a domain, and how it came to be in it.',
  example: 'virtbus domstate web --reason',
  options: { domain: domainOption, reason: { kind: 'flag', about: 'also print the reason for the state' } },
  async run({ domain: text, reason: withReason }, context) {
    const { state, reason } = await findDomain(context, text);
    return told([withReason ? `${stateWords(state)} (${reasonWords(reason)})` : stateWords(state)], { state, reason });
  },
});
