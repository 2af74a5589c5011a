import { AgentRefusal, askAgent } from '../ask-agent.js';
import { command } from '../command.js';
import { printable } from '../core/display-width.js';
import { domainOption } from '../object-order.js';

/** libvirt's numbers of the parts. */
const parts = { user: 1, os: 2, timezone: 4, hostname: 8, filesystem: 16, disk: 32, interface: 64 } as const;
const LABEL = 20;

export default command({
  about: 'Show what the agent in a running guest says of it: the guest’s own word. Without options everything that it has.',
  example: 'virtbus guestinfo web --os --hostname',
  options: {
    domain: domainOption,
    user: { kind: 'flag', about: 'report active users' },
    os: { kind: 'flag', about: 'report operating system information' },
    timezone: { kind: 'flag', about: 'report timezone information' },
    hostname: { kind: 'flag', about: 'report hostname' },
    filesystem: { kind: 'flag', about: 'report filesystem information' },
    disk: { kind: 'flag', about: 'report disk information' },
    interface: { kind: 'flag', about: 'report interface information' },
  },
  async run({ domain: text, ...flags }, context) {
    const given = Object.entries(parts).flatMap(([name, bit]) => (name in flags && flags[name as keyof typeof parts] ? [bit] : []));
    const { guestAnswers } = await import('@virtbus/contracts');
    const wanted = [...guestAnswers.infoParts].filter(([bit]) => given.length === 0 || given.some((one) => one === bit));
    const params: [string, string | number][] = [];
    for (const [, { command: execute, paramsOf }] of wanted) {
      const answer = await askAgent(context, text, execute).catch((error: unknown) => {
        // Of several parts the others stand without it.
        if (error instanceof AgentRefusal && given.length !== 1) return undefined;
        throw error;
      });
      if (answer === undefined) continue;
      for (const { field, value } of paramsOf(answer))
        params.push([field, typeof value.value === 'bigint' ? Number(value.value) : value.value]);
    }
    const lines = params.map(([field, value]) => `${field.padEnd(LABEL)}: ${printable(String(value))}\n`);
    return { text: lines.join(''), json: Object.fromEntries(params) };
  },
});
