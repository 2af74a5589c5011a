import { command } from '../command.js';
import { askAgent } from '../ask-agent.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { withDomain } from '../references.js';

const NS = 1e9;
const MS = 1e3;

/** @throws Failure for words that do not go together */
function refuseTogether(flags: Readonly<Record<string, unknown>>): void {
  const given = ['time', 'now', 'sync'].filter((name) => flags[name] !== undefined && flags[name] !== false);
  if (given.length > 1) throw new Failure([`Options --${given[0] ?? ''} and --${given[1] ?? ''} are mutually exclusive`], 'usage');
}

export default command({
  about: "Show a running guest's clock, or set it. Its agent is asked.",
  example: 'virtbus domtime web --pretty',
  options: {
    domain: domainOption,
    now: { kind: 'flag', about: 'set it to the time that it is here' },
    pretty: { kind: 'flag', about: 'show date and time, in UTC' },
    sync: { kind: 'flag', about: "set it from the guest's real-time clock" },
    time: { kind: 'number', of: 'bytes', namedOnly: true, about: 'set it to this: seconds since 1970' },
  },
  async run({ domain: text, now, pretty, sync, time }, context) {
    refuseTogether({ time, now, sync });
    if (time !== undefined || now || sync) {
      const wanted = { seconds: time ?? (now ? Math.floor(Date.now() / MS) : 0), ...(sync ? { sync } : {}) };
      const json = await withDomain(context, text, undefined, async (domain) => context.order('setGuestTime', { domain, time: wanted }));
      return { text: '', json };
    }
    const answer = await askAgent(context, text, 'guest-get-time');
    if (typeof answer !== 'number') throw new Failure(["internal error: malformed return value of 'guest-get-time'"], 'qemu_failed');
    const seconds = Math.floor(answer / NS);
    const shown = pretty ? new Date(seconds * MS).toISOString().replace('T', ' ').replace(/\..*/, '') : String(seconds);
    return { text: `Time: ${shown}\n`, json: { seconds } };
  },
});
