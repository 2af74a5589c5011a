import type { ShutdownMode } from '@virtbus/contracts';
import { command, done, type Command } from './command.js';
import { domainOption, type OrderWords } from './object-order.js';
import { Failure } from './failure.js';
import { withDomain } from './references.js';

/** The ways that virsh knows to ask a guest, in libvirt's order of flags (virDomainShutdownFlagValues); QEMU's guests have the first two. */
const MODES = ['acpi', 'agent', 'initctl', 'signal', 'paravirt'];

const functions = { shutdownDomain: 'qemuDomainShutdownFlags', rebootDomain: 'qemuDomainReboot' } as const;
type PowerOrder = keyof typeof functions;

/**
 * The way that a list of ways means: both together are as good as none.
 * @throws Failure of a word that virsh does not know, or a way that guests of QEMU do not have
 */
function modeOf(text: string | undefined, order: PowerOrder, doing: string): ShutdownMode | undefined {
  const modes = text?.split(',') ?? [];
  const unknown = modes.find((mode) => !MODES.includes(mode));
  if (unknown !== undefined) {
    throw new Failure([`Unknown mode ${unknown} value, expecting 'acpi', 'agent', 'initctl', 'signal', or 'paravirt'`], 'usage');
  }
  const others = MODES.slice(2).reduce((flags, mode, at) => (modes.includes(mode) ? flags | (4 << at) : flags), 0);
  if (others !== 0) {
    throw new Failure([doing, `unsupported flags (0x${others.toString(16)}) in function ${functions[order]}`], 'invalid_argument', {
      libvirt: 8,
    });
  }
  const [asked] = new Set(modes).size === 1 ? modes : [];
  return asked === 'acpi' || asked === 'agent' ? asked : undefined;
}

/** A command that asks a guest to go down. */
export const powerButton = (order: PowerOrder, { about, example, failure, success }: OrderWords): Command =>
  command({
    about,
    example,
    options: {
      domain: domainOption,
      mode: {
        kind: 'text',
        about: 'how the guest is asked: acpi, agent; its agent where one answers and the button otherwise unless given',
      },
    },
    async run({ domain: text, mode: modes }, context) {
      const doing = `${failure} '${text}'`;
      const mode = modeOf(modes, order, doing);
      const result = await withDomain(context, text, doing, async (domain) => context.order(order, { domain, ...(mode && { mode }) }));
      return done(`Domain '${text}' ${success}`, result);
    },
  });
