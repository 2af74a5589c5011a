import { command, done, type Command } from './command.js';
import { domainOption, type OrderWords } from './object-order.js';
import { Failure } from './failure.js';
import { withDomain } from './references.js';

/** The ways that virsh knows to ask a guest; the fleet has the first. */
const MODES = ['acpi', 'agent', 'initctl', 'signal', 'paravirt'];

function refuseMode(mode: string, doing: string): void {
  if (!MODES.includes(mode)) {
    throw new Failure([`Unknown mode ${mode} value, expecting 'acpi', 'agent', 'initctl', 'signal', or 'paravirt'`], 'usage');
  }
  if (mode !== 'acpi') {
    throw new Failure([doing, `argument unsupported: mode '${mode}' is not available, only 'acpi' is`], 'operation_unsupported', {
      libvirt: 84,
    });
  }
}

/** A command that presses the guest's power button. */
export const powerButton = (order: 'shutdownDomain' | 'rebootDomain', { about, example, failure, success }: OrderWords): Command =>
  command({
    about,
    example,
    options: { domain: domainOption, mode: { kind: 'text', about: 'how the guest is asked: acpi' } },
    async run({ domain: text, mode = 'acpi' }, context) {
      const doing = `${failure} '${text}'`;
      refuseMode(mode, doing);
      const result = await withDomain(context, text, doing, async (domain) => context.order(order, { domain }));
      return done(`Domain '${text}' ${success}`, result);
    },
  });
