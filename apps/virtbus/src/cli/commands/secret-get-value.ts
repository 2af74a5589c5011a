import { command } from '../command.js';
import { failed } from '../failure.js';
import { findSecret, secretOption } from '../secret-references.js';

export default command({
  about: 'Print the value of a secret that is not private, in base64. Over the bus alone: gateways show no values over REST.',
  example: 'virtbus secret-get-value 9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f031',
  options: { secret: secretOption, plain: { kind: 'flag', about: 'the value as it is' } },
  async run({ secret: text, plain }, context) {
    const { uuid } = await findSecret(context, text);
    const { value } = await context.ask('getSecretValue', { secret: uuid }).catch((error: unknown) => {
      throw failed(undefined, error);
    });
    if (!plain || context.globals.json) return { text: value, json: { value } };
    context.surroundings.stdout.write(Buffer.from(value, 'base64'));
    return { exitStatus: 0 };
  },
});
