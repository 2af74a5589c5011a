import { command, done } from '../command.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { withDomain } from '../references.js';

/** As long as a command's outcome is waited for. */
const LONGEST = -2;

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (!/^-?\d{1,9}$/.test(text)) throw new Failure([`Numeric value '${text}' for <timeout> option is malformed or out of range`], 'usage');
  if (seconds >= LONGEST) return seconds;
  throw new Failure([`invalid argument: guest agent timeout '${seconds}' is less than the minimum '${LONGEST}'`], 'invalid_argument');
}

export default command({
  about: "Say how long a domain's agent is waited for: seconds up to 55; -1 for as long as usual, which is 5; -2, or nothing, for 55.",
  example: 'virtbus guest-agent-timeout web --timeout 20',
  options: { domain: domainOption, timeout: { kind: 'text', namedOnly: true, about: 'timeout seconds.' } },
  async run({ domain: text, timeout }, context) {
    const seconds = timeout === undefined ? LONGEST : secondsOf(timeout);
    const result = await withDomain(context, text, undefined, async (domain) => context.order('setAgentTimeout', { domain, seconds }));
    return done('', result);
  },
});
