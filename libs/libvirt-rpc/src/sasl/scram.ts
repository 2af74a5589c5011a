import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { SaslFailure, type SaslExchange, type SaslMechanism, type SaslStep } from './mechanism.js';

/** What is kept of a password: nothing that lets somebody sign in. */
export interface ScramCredential {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

const hmac = (key: Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const hash = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

export function scramCredential(password: string, salt: Buffer, iterations: number): ScramCredential {
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, 32, 'sha256');
  return { salt, iterations, storedKey: hash(hmac(salted, 'Client Key')), serverKey: hmac(salted, 'Server Key') };
}

export interface ScramUser {
  readonly credential: ScramCredential;
  readonly details?: unknown;
}

export interface ScramOptions {
  readonly find: (name: string) => Promise<ScramUser | undefined> | ScramUser | undefined;
  readonly newNonce: () => string;
  /** Makes the salt of names that there are not, so that they cannot be told from those that there are. */
  readonly secret: Buffer;
}

const ITERATIONS_OF_NOBODY = 4096;

/** SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding. */
export const scramSha256 = (options: ScramOptions): SaslMechanism => ({
  name: 'SCRAM-SHA-256',
  begin: () => new ScramExchange(options),
});

const FIRST = /^(?<header>[ny],(?:a=(?<authorize>[^,]*))?,)(?<bare>n=(?<name>[^,]+),r=(?<nonce>[!-+\--~]+))/;

/** @throws SaslFailure */
function parseFirst(message: string): { header: string; bare: string; name: string; theirs: string } {
  const groups = FIRST.exec(message)?.groups;
  if (!groups) throw new SaslFailure('the first message of SCRAM is malformed');
  const { header = '', bare = '', name: escaped = '', nonce: theirs = '', authorize = escaped } = groups;
  if (authorize !== escaped) throw new SaslFailure('nobody acts for somebody else');
  return { header, bare, theirs, name: escaped.replaceAll('=2C', ',').replaceAll('=3D', '=') };
}

interface Begun {
  readonly name: string;
  readonly nonce: string;
  readonly header: string;
  readonly credential: ScramCredential;
  readonly user: ScramUser | undefined;
  /** client-first-message-bare, server-first-message: the beginning of what both sign. */
  readonly signed: string;
}

class ScramExchange implements SaslExchange {
  private begun: Begun | undefined;

  constructor(private readonly options: ScramOptions) {}

  async step(data: Uint8Array): Promise<SaslStep> {
    const message = Buffer.from(data).toString('utf8');
    return this.begun ? this.finish(message, this.begun) : this.first(message);
  }

  private async first(message: string): Promise<SaslStep> {
    const { header, bare, name, theirs } = parseFirst(message);
    const found = await this.options.find(name);
    const credential = found?.credential ?? this.nobody(name);
    const nonce = theirs + this.options.newNonce();
    const answer = `r=${nonce},s=${credential.salt.toString('base64')},i=${credential.iterations}`;
    this.begun = { name, nonce, header, credential, user: found, signed: `${bare},${answer}` };
    return { data: Buffer.from(answer) };
  }

  private finish(message: string, { name, nonce, header, credential, user, signed }: Begun): SaslStep {
    const [withoutProof = '', proofText = ''] = message.split(/,p=(?=[^,]*$)/);
    const expected = `c=${Buffer.from(header).toString('base64')},r=${nonce}`;
    const all = `${signed},${withoutProof}`;
    const proof = Buffer.from(proofText, 'base64');
    const signature = hmac(credential.storedKey, all);
    if (withoutProof !== expected || proof.length !== signature.length) throw new SaslFailure('the last message of SCRAM is malformed');
    const clientKey = Buffer.from(proof.map((byte, index) => byte ^ (signature[index] ?? 0)));
    const proved = timingSafeEqual(hash(clientKey), credential.storedKey);
    if (!proved || !user) throw new SaslFailure('name or password is wrong');
    return { proved: { name, details: user.details }, data: Buffer.from(`v=${hmac(credential.serverKey, all).toString('base64')}`) };
  }

  private nobody(name: string): ScramCredential {
    const salt = hmac(this.options.secret, name).subarray(0, 16);
    return { salt, iterations: ITERATIONS_OF_NOBODY, storedKey: hash(salt), serverKey: hash(salt) };
  }
}
