import { sleepTargets } from '@virtbus/contracts';
import { command, done } from '../command.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { withDomain } from '../references.js';

export default command({
  about:
    'Put a running guest to sleep through its agent: mem keeps its memory in the machine, disk writes it to the disk, hybrid does both.',
  example: 'virtbus dompmsuspend web mem',
  options: {
    domain: domainOption,
    target: { kind: 'text', required: true, about: 'mem(Suspend-to-RAM), disk(Suspend-to-Disk), hybrid(Hybrid-Suspend)' },
    duration: { kind: 'number', about: 'duration in seconds; 0 is all that there is' },
  },
  async run({ domain: text, target: words, duration = 0 }, context) {
    const target = sleepTargets.find((each) => each === words);
    if (target === undefined) throw new Failure(['Invalid target'], 'usage');
    const doing = `Domain '${text}' could not be suspended`;
    if (duration !== 0) throw new Failure([doing, 'argument unsupported: Duration not supported. Use 0 for now'], 'usage');
    const result = await withDomain(context, text, doing, async (domain) =>
      context.order('putGuestToSleep', { domain, sleep: { target } }),
    );
    return done(`Domain '${text}' successfully suspended`, result);
  },
});
