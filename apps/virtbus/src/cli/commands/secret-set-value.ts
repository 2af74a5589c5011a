import { command, done } from '../command.js';
import type { Context } from '../context.js';
import { Failure, failed } from '../failure.js';
import { findSecret, secretOption } from '../secret-references.js';
import type { ByteSource } from '../surroundings.js';
import { ofFile } from '../volume-transfer.js';

/** libvirt's own limit, and what base64 makes of it. */
const MAX_BYTES = 87_384;

async function bytesOf(context: Context, file: string): Promise<Buffer> {
  const source: ByteSource = await ofFile(`Failed to open file '${file}'`, context.surroundings.openSource(file));
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    const all = source.pieces[Symbol.asyncIterator]();
    for (;;) {
      const next = await ofFile(`Failed to read file '${file}'`, all.next());
      if (next.done) return Buffer.concat(pieces);
      pieces.push(next.value);
      length += next.value.length;
      if (length > MAX_BYTES)
        throw new Failure([`Failed to read file '${file}'`, `it holds more than ${MAX_BYTES} bytes`], 'file_unreadable');
    }
  } finally {
    await source.close();
  }
}

interface Given {
  readonly file: string | undefined;
  readonly plain: boolean;
  readonly base64: string | undefined;
}

/** In base64. @throws Failure */
async function valueOf(context: Context, { file, plain, base64 }: Given): Promise<string> {
  if (base64 !== undefined) {
    if (!context.globals.json) context.surroundings.stderr.write('error: Passing secret value as command-line argument is insecure!\n');
    return base64;
  }
  if (file === undefined) throw new Failure(['Input secret value is missing'], 'usage');
  const bytes = await bytesOf(context, file);
  return plain ? bytes.toString('base64') : bytes.toString('utf8').replaceAll(/\s/g, '');
}

export default command({
  about: 'Give a secret its value, out of a file.',
  example: 'virtbus secret-set-value 9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f031 --file key --plain',
  options: {
    secret: secretOption,
    file: { kind: 'text', namedOnly: true, about: 'file with the value, in base64; - is standard input' },
    plain: { kind: 'flag', about: 'the file holds the value as it is' },
    base64: { kind: 'text', about: 'the value in base64: whoever lists processes sees it' },
  },
  async run({ secret: text, ...given }, context) {
    if (given.file !== undefined && given.base64 !== undefined)
      throw new Failure(['Options --file and --base64 are mutually exclusive'], 'usage');
    if (given.plain && given.base64 !== undefined) throw new Failure(['Options --plain and --base64 are mutually exclusive'], 'usage');
    const { uuid } = await findSecret(context, text);
    const value = await valueOf(context, given);
    try {
      await context.ask('setSecretValue', { secret: uuid, value });
    } catch (error) {
      throw failed('Failed to set secret value', error);
    }
    return done('Secret value set', { secret: uuid });
  },
});
