import { command } from '../command.js';
import { findSecret, secretOption } from '../secret-references.js';

export default command({
  about: 'Print the XML of a secret: what it is for, without its value.',
  example: 'virtbus secret-dumpxml 9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f031',
  options: { secret: secretOption },
  async run({ secret: text }, context) {
    const { xml } = await findSecret(context, text);
    return { text: `${xml.trimEnd()}\n`, json: { xml } };
  },
});
