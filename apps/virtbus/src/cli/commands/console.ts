import { command } from '../command.js';
import { attachConsole } from '../console-session.js';
import { domainOption } from '../object-order.js';
import { findDomain } from '../references.js';

export default command({
  about: "Connect this terminal to the guest's serial console. The escape key (^] unless -e names another) leaves it.",
  example: 'virtbus console web',
  options: {
    domain: domainOption,
    devname: { kind: 'text', about: 'alias of the serial or console device; the first one by default' },
    force: { kind: 'flag', about: 'take the console over from whoever has it' },
  },
  async run({ domain, devname, force }, context) {
    return attachConsole(context, await findDomain(context, domain), {
      ...(devname === undefined ? {} : { device: devname }),
      ...(force ? { force } : {}),
    });
  },
});
