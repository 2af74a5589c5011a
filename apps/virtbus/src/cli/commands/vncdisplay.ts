import { command } from '../command.js';
import { displaysOf } from '../displays.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';

const FIRST_PORT = 5900;

export default command({
  about: 'Show the VNC display of a running domain, on its host: address and number.',
  example: 'virtbus vncdisplay web',
  options: { domain: domainOption },
  async run({ domain: text }, context) {
    const display = (await displaysOf(context, text)).find(({ type }) => type === 'vnc');
    if (display?.port === undefined) throw new Failure(['Failed to get VNC port. Is this domain using VNC?'], 'operation_failed');
    const address = ['0.0.0.0', '::', ''].includes(display.address) ? '' : display.address;
    return { text: `${address}:${display.port - FIRST_PORT}\n`, json: display };
  },
});
