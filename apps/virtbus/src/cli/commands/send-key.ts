import { codesets } from '../core/codesets.js';
import { command } from '../command.js';
import { keyNumbers } from '../core/key-names-table.js';
import { own } from '../core/own.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { withDomain } from '../references.js';

const numberOf = (word: string): number => {
  const number = own(keyNumbers, word) ?? (/^(0x[0-9a-f]+|\d+)$/i.test(word) ? Number(word) : undefined);
  if (number === undefined) throw new Failure([`invalid keycode: '${word}'`], 'usage');
  return number;
};

export default command({
  about: 'Press keys of a running guest, all at once. Names are those of Linux, KEY_LEFTCTRL; numbers those of the codeset.',
  example: 'virtbus send-key web KEY_LEFTCTRL KEY_LEFTALT KEY_DELETE',
  options: {
    domain: domainOption,
    codeset: { kind: 'text', namedOnly: true, about: `what the numbers count: ${codesets.join(', ')}` },
    holdtime: { kind: 'number', namedOnly: true, about: 'milliseconds for which the keys are held' },
    keycode: { kind: 'list', required: true, about: 'key by name or number' },
  },
  async run({ domain: text, codeset: given, holdtime: holdMs, keycode: words }, context) {
    const codeset = codesets.find((name) => name === (given ?? 'linux'));
    if (!codeset) throw new Failure([`unknown codeset: '${given ?? ''}'`], 'usage');
    const keys = { codeset, keycodes: words.map(numberOf), ...(holdMs === undefined ? {} : { holdMs }) };
    const json = await withDomain(context, text, undefined, async (domain) => context.order('sendKeys', { domain, keys }));
    return { text: '', json };
  },
});
