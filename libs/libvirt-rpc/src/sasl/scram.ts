import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
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

/** The least that RFC 7677 allows. Every name is answered with it, so that it tells nothing of the name. */
export const SCRAM_ITERATIONS = 4096;

const SALT_BYTES = 16;

/** A credential as it is kept: in base64. */
export interface ScramTexts {
  readonly salt: string;
  readonly iterations: number;
  readonly storedKey: string;
  readonly serverKey: string;
}

/** For a password that is new. */
export function newScramTexts(password: string): ScramTexts {
  const { salt, iterations, storedKey, serverKey } = scramCredential(password, randomBytes(SALT_BYTES), SCRAM_ITERATIONS);
  const text = (bytes: Buffer): string => bytes.toString('base64');
  return { salt: text(salt), iterations, storedKey: text(storedKey), serverKey: text(serverKey) };
}

export function scramCredentialOf({ salt, iterations, storedKey, serverKey }: ScramTexts): ScramCredential {
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64');
  return { salt: bytes(salt), iterations, storedKey: bytes(storedKey), serverKey: bytes(serverKey) };
}

export interface ScramUser {
  readonly credential: ScramCredential;
  readonly details?: unknown;
}

export interface ScramOptions {
  readonly find: (name: string) => Promise<ScramUser | undefined> | ScramUser | undefined;
  /** Told of each proof that does not hold, before its sender is. Throws SaslFailure for other words than the usual ones. */
  readonly onWrong?: (name: string) => Promise<void> | void;
  readonly newNonce: () => string;
  /** Makes the salt of names that there are not, so that they cannot be told from those that there are. */
  readonly secret: Buffer;
}

/** Of one message of a client. Bytes; a name and a nonce are a fraction of it. */
const MAX_MESSAGE_BYTES = 4096;

/** SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding. */
export const scramSha256 = (options: ScramOptions): SaslMechanism => ({
  name: 'SCRAM-SHA-256',
  begin: () => new ScramExchange(options),
});

/** A name writes `,` as `=2C` and `=` as `=3D`, and has no other `=`. Extensions may follow the nonce; one in front of the name must be understood. */
const FIRST =
  /^(?<header>[ny],(?:a=(?<authorize>[^,]*))?,)(?<bare>n=(?<name>(?:[^,=\0]|=2C|=3D)+),r=(?<nonce>[!-+\--~]+)(?:,[A-Za-z]=[^,\0]+)*)$/;

/** @throws SaslFailure */
function parseFirst(message: string): { header: string; bare: string; name: string; theirs: string } {
  if (message.startsWith('p=')) throw new SaslFailure('channel binding is not offered');
  const groups = FIRST.exec(message)?.groups;
  if (!groups) throw new SaslFailure('the first message of SCRAM is malformed');
  const { header = '', bare = '', name: escaped = '', nonce: theirs = '', authorize = escaped } = groups;
  if (authorize !== escaped) throw new SaslFailure('nobody acts for somebody else');
  return { header, bare, theirs, name: escaped.replaceAll('=2C', ',').replaceAll('=3D', '=') };
}

/** @throws SaslFailure */
function textOf(data: Uint8Array): string {
  if (data.length > MAX_MESSAGE_BYTES) throw new SaslFailure('the message of SCRAM is too long');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
  } catch (cause) {
    throw new SaslFailure('the message of SCRAM is not UTF-8', { cause });
  }
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
    const message = textOf(data);
    return this.begun ? this.finish(message, this.begun) : this.first(message);
  }

  private async first(message: string): Promise<SaslStep> {
    const { header, bare, name, theirs } = parseFirst(message);
    const found = await this.options.find(name);
    // Made either way: how long the answer takes says nothing of the name.
    const nobody = this.nobody(name);
    const credential = found?.credential ?? nobody;
    const nonce = theirs + this.options.newNonce();
    const answer = `r=${nonce},s=${credential.salt.toString('base64')},i=${credential.iterations}`;
    this.begun = { name, nonce, header, credential, user: found, signed: `${bare},${answer}` };
    return { data: Buffer.from(answer) };
  }

  private async finish(message: string, { name, nonce, header, credential, user, signed }: Begun): Promise<SaslStep> {
    const [withoutProof = '', proofText = ''] = message.split(/,p=(?=[^,]*$)/);
    const expected = `c=${Buffer.from(header).toString('base64')},r=${nonce}`;
    const all = `${signed},${withoutProof}`;
    const proof = Buffer.from(proofText, 'base64');
    const signature = hmac(credential.storedKey, all);
    if (withoutProof !== expected || proof.length !== signature.length) throw new SaslFailure('the last message of SCRAM is malformed');
    const clientKey = Buffer.from(proof.map((byte, index) => byte ^ (signature[index] ?? 0)));
    const proved = timingSafeEqual(hash(clientKey), credential.storedKey);
    if (!proved || !user) {
      await this.options.onWrong?.(name);
      throw new SaslFailure('name or password is wrong');
    }
    return { proved: { name, details: user.details }, data: Buffer.from(`v=${hmac(credential.serverKey, all).toString('base64')}`) };
  }

  private nobody(name: string): ScramCredential {
    const salt = hmac(this.options.secret, name).subarray(0, 16);
    return { salt, iterations: SCRAM_ITERATIONS, storedKey: hash(salt), serverKey: hash(salt) };
  }
}
