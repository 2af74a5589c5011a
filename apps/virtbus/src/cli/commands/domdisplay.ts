import { command } from '../command.js';
import { displaysOf } from '../displays.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';

export default command({
  about: 'Show where the screen of a running domain can be seen, as a URI. The address is one of its host.',
  example: 'virtbus domdisplay web --type vnc',
  options: {
    domain: domainOption,
    type: { kind: 'text', namedOnly: true, about: 'only a screen of this type: vnc, spice, rdp' },
    all: { kind: 'flag', about: 'every one' },
  },
  async run({ domain: text, type, all }, context) {
    const displays = (await displaysOf(context, text)).filter((one) => type === undefined || one.type === type);
    const uris = displays.flatMap(({ type: scheme, address, port, hostname }) => {
      if (port === undefined) return [];
      const host = ['0.0.0.0', '::', ''].includes(address) ? hostname : address;
      return [scheme === 'vnc' ? `vnc://${host}:${port - 5900}` : `${scheme}://${host}:${port}`];
    });
    if (uris.length === 0) {
      throw new Failure(
        [type === undefined ? 'No graphical display found' : `No graphical display with type '${type}' found`],
        'operation_failed',
      );
    }
    const shown = all ? uris : uris.slice(0, 1);
    return { text: shown.map((uri) => `${uri}\n`).join(''), json: shown };
  },
});
