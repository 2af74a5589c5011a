import { readFileSync } from 'node:fs';
import { credsAuthenticator, type ConnectionOptions } from '@nats-io/transport-node';

/** Who a service is to nats-server. A password or a file of NATS's own kind (`nsc generate creds`). */
export type Credential =
  | { readonly user: string; readonly password: string }
  /** The path of a `.creds` file: a JWT and the seed that proves it. */
  | { readonly credsFile: string };

type Environment = Readonly<Record<string, string | undefined>>;

const said = (text: string | undefined): string | undefined => (text === undefined || text === '' ? undefined : text);

/**
 * `VIRTBUS_NATS_CREDS` names a file; or `VIRTBUS_NATS_USER` with `VIRTBUS_NATS_PASSWORD_FILE`, whose first line is the password.
 * Passwords are not taken from the environment itself: every process of a user can read that of its siblings.
 * @throws Error for half a credential, or a file that cannot be read
 */
export function credentialFrom(environment: Environment): Credential | undefined {
  const credsFile = said(environment['VIRTBUS_NATS_CREDS']);
  const user = said(environment['VIRTBUS_NATS_USER']);
  const passwordFile = said(environment['VIRTBUS_NATS_PASSWORD_FILE']);
  if (credsFile !== undefined && user !== undefined)
    throw new Error('VIRTBUS_NATS_CREDS and VIRTBUS_NATS_USER are two credentials: set one');
  if (credsFile !== undefined) return { credsFile };
  if (user === undefined && passwordFile === undefined) return undefined;
  if (user === undefined || passwordFile === undefined) throw new Error('VIRTBUS_NATS_USER and VIRTBUS_NATS_PASSWORD_FILE belong together');
  const [password = ''] = readFileSync(passwordFile, 'utf8').split('\n');
  return { user, password };
}

/** What the client is given. A file is read at each connection: a credential may be renewed while the service runs. */
export function authenticationOf(credential: Credential | undefined): Pick<ConnectionOptions, 'user' | 'pass' | 'authenticator'> {
  if (credential === undefined) return {};
  if ('user' in credential) return { user: credential.user, pass: credential.password };
  const { credsFile } = credential;
  return { authenticator: (nonce) => credsAuthenticator(readFileSync(credsFile))(nonce) };
}
