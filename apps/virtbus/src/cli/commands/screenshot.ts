import { command, done } from '../command.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { findDomain, withDomain } from '../references.js';

export default command({
  about: 'Take a picture of what a running guest shows, and keep it in a file.',
  example: 'virtbus screenshot web web.png',
  options: {
    domain: domainOption,
    file: { kind: 'text', about: 'where to keep it; named after the domain and the time when not given' },
    screen: { kind: 'text', namedOnly: true, about: 'which screen, counted from 0' },
  },
  async run({ domain: text, file, screen: number = '0' }, context) {
    if (!/^\d{1,2}$/.test(number)) throw new Failure([`invalid screen ID`], 'usage');
    const screen = Number(number);
    const { name, uuid } = await findDomain(context, text);
    const pieces: Buffer[] = [];
    const { mimeType } = await withDomain(context, text, `could not take a screenshot of ${text}`, async () => {
      let piece = await context.ask('takeScreenshot', { domain: uuid, screen });
      pieces.push(Buffer.from(piece.data, 'base64'));
      for (let at = pieces[0]?.length ?? 0; at < piece.bytes; at += pieces.at(-1)?.length ?? piece.bytes) {
        piece = await context.ask('takeScreenshot', { domain: uuid, id: piece.id, offset: at });
        pieces.push(Buffer.from(piece.data, 'base64'));
      }
      return piece;
    });
    const stamp = new Date().toISOString().replace(/\..*/, '').replace('T', '-');
    const path = file ?? `${name}-${stamp}.${mimeType === 'image/png' ? 'png' : 'ppm'}`;
    await context.surroundings.writeFile(path, Buffer.concat(pieces));
    return done(`Screenshot saved to ${path}, with type of ${mimeType}`, { path, mimeType });
  },
});
