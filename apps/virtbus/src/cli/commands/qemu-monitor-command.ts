import { command } from '../command.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { withDomain } from '../references.js';

export default command({
  about: "Ask the monitor of a guest's QEMU. It can do anything to the guest, and the fleet does not look.",
  example: 'virtbus qemu-monitor-command web --hmp info status',
  options: {
    domain: domainOption,
    hmp: { kind: 'flag', about: 'the command is one of the human monitor' },
    pretty: { kind: 'flag', about: 'lay the answer out' },
    'return-value': { kind: 'flag', about: 'only what stands under "return"' },
    cmd: { kind: 'list', required: true, about: 'the command' },
  },
  async run({ domain: text, hmp, pretty, 'return-value': bare, cmd }, context) {
    refuseLayout({ hmp, pretty, 'return-value': bare });
    const monitor = { command: cmd.join(' '), ...(hmp ? { hmp } : {}) };
    const { output } = await withDomain(context, text, undefined, async (domain) =>
      context.order('runMonitorCommand', { domain, monitor }),
    );
    if (hmp) return { text: `${output.replace(/\r?\n$/, '')}\n`, json: { output } };
    const shown = bare ? returnIn(JSON.parse(output)) : (JSON.parse(output) as unknown);
    return { text: `${JSON.stringify(shown, null, pretty ? 2 : undefined)}\n`, json: shown };
  },
});

const returnIn = (answer: unknown): unknown =>
  typeof answer === 'object' && answer !== null && 'return' in answer ? answer.return : answer;

/** What the human monitor answers is text. */
function refuseLayout({ hmp, ...layouts }: { readonly hmp: boolean; readonly pretty: boolean; readonly 'return-value': boolean }): void {
  for (const [name, given] of Object.entries(layouts)) {
    if (hmp && given) throw new Failure([`Options --${name} and --hmp are mutually exclusive`], 'usage');
  }
}
