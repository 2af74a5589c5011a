import { SaslFailure, type Proved, type SaslMechanism } from './mechanism.js';

/** Answers who a name and password (or token) belong to; undefined when they do not. */
export type CheckPassword = (name: string, password: string) => Promise<Proved | undefined> | Proved | undefined;

/** PLAIN (RFC 4616): for connections that nobody can listen to. An authorisation id other than the name is refused. */
export const plain = (check: CheckPassword): SaslMechanism => ({
  name: 'PLAIN',
  begin: () => ({
    step: async (data) => {
      const parts = Buffer.from(data).toString('utf8').split('\0');
      const [authorize = '', name = '', password = ''] = parts;
      if (parts.length !== 3 || name === '' || password === '') throw new SaslFailure('the message of PLAIN is malformed');
      if (authorize !== '' && authorize !== name) throw new SaslFailure('nobody acts for somebody else');
      const proved = await check(name, password);
      if (!proved) throw new SaslFailure('name or password is wrong');
      return { proved };
    },
  }),
});
