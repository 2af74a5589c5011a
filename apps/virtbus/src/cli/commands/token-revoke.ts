import { command, done } from '../command.js';
import { failed } from '../failure.js';

export default command({
  about: 'End an API token. Every gateway refuses it from then on.',
  example: 'virtbus token-revoke 5f2c9a7b1e3d4c60',
  options: { token: { kind: 'text', required: true, about: "the token's id, as token-list shows it" } },
  async run({ token }, context) {
    const result = await context.order('revokeToken', { token }).catch((error: unknown) => {
      throw failed(`Failed to revoke token '${token}'`, error);
    });
    return done(`Token '${token}' revoked`, result);
  },
});
