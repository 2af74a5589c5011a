import { command, done } from '../command.js';
import { failed } from '../failure.js';
import { findSecret, secretOption } from '../secret-references.js';

export default command({
  about: 'Forget a secret and its value.',
  example: 'virtbus secret-undefine 9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f031',
  options: { secret: secretOption },
  async run({ secret: text }, context) {
    const { uuid } = await findSecret(context, text);
    try {
      return done(`Secret ${text} deleted`, await context.order('undefineSecret', { secret: uuid }));
    } catch (error) {
      throw failed(`Failed to delete secret ${text}`, error);
    }
  },
});
