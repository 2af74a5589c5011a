import { changeOptions, reachOf } from '../change-options.js';
import { command } from '../command.js';
import { cpuListOption, cpusetOf, pinned, pinReach, shownCpus } from '../domain-pins.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { notRunning } from '../read-stats.js';
import { findDomain, withDomain } from '../references.js';

const RULE = 34;

export default command({
  about: "Show or change on which of its host's processors the emulator of a domain runs: all of its threads but the processors.",
  example: 'virtbus emulatorpin web 0-1 --live',
  options: { domain: domainOption, cpulist: cpuListOption, ...changeOptions },
  async run({ domain: text, cpulist, ...flags }, context) {
    const reach = reachOf(flags);
    if (cpulist === undefined) {
      const found = await pinned(context, text, reach, { both, notRunning });
      const { cputune, vcpu } = found.definition;
      const cpuset = await shownCpus(cputune?.emulatorpin?.cpuset ?? vcpu.cpuset, found);
      return { text: `emulator: CPU Affinity\n${'-'.repeat(RULE)}\n       *: ${cpuset}\n`, json: { cpuset } };
    }
    await findDomain(context, text);
    const cpuset = await cpusetOf(context, cpulist);
    const json = await withDomain(context, text, undefined, async (domain) =>
      context.order('pinThread', { domain, pin: { cpuset }, ...pinReach(reach, flags.current) }),
    );
    return { text: '', json };
  },
});

const both = (): Failure => new Failure([MUTUAL], 'invalid_argument', { libvirt: 8 });
const MUTUAL = "Flags 'VIR_DOMAIN_AFFECT_LIVE' and 'VIR_DOMAIN_AFFECT_CONFIG' are mutually exclusive";
