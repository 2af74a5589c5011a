import type { GuestQuestion } from '@virtbus/contracts';
import type { Context } from './context.js';
import { Failure } from './failure.js';
import { withDomain } from './references.js';

/** The agent does not have the command, or will not do it. */
export class AgentRefusal extends Failure {}

/** What the agent in a guest answers: the guest's own word. @throws Failure when it cannot be asked, or refuses */
export async function askAgent(context: Context, text: string, question: GuestQuestion): Promise<unknown> {
  const { output } = await withDomain(context, text, undefined, async (domain) => context.order('askGuest', { domain, question }));
  const { return: answer, error } = JSON.parse(output) as { readonly return?: unknown; readonly error?: { readonly desc?: unknown } };
  if (error === undefined) return answer;
  const words = `internal error: unable to execute QEMU agent command '${question}': ${String(error.desc)}`;
  throw new AgentRefusal([words], 'qemu_failed', { libvirt: 1 });
}
