import { command } from '../command.js';
import { domainOption } from '../object-order.js';
import { withDomain } from '../references.js';

export default command({
  about: 'Ask the agent inside of a running guest.',
  example: `virtbus qemu-agent-command web '{"execute":"guest-ping"}'`,
  options: {
    domain: domainOption,
    timeout: { kind: 'number', namedOnly: true, about: 'seconds to wait for the answer; 5 when not given' },
    pretty: { kind: 'flag', about: 'lay the answer out' },
    cmd: { kind: 'list', required: true, about: 'the command' },
  },
  async run({ domain: text, timeout, pretty, cmd }, context) {
    const agent = { command: cmd.join(' '), ...(timeout === undefined ? {} : { timeoutSeconds: timeout }) };
    const { output } = await withDomain(context, text, undefined, async (domain) => context.order('runAgentCommand', { domain, agent }));
    const answer: unknown = JSON.parse(output);
    return { text: pretty ? `${JSON.stringify(answer, null, 2)}\n` : `${output}\n`, json: answer };
  },
});
