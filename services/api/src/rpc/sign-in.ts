import { randomBytes, randomUUID } from 'node:crypto';
import { Refusal, saltSecrets } from '@virtbus/contracts';
import { plain, SaslFailure, scramCredentialOf, scramSha256, type AuthPolicy, type Proved } from '@virtbus/libvirt-rpc';
import { BucketConflict, type Bus } from '@virtbus/messaging';
import { nobody, type Gate } from '../access/index.js';
import type { SaslName } from './listening.js';

const FLEET = { part: 'fleet' };
const SECRET_BYTES = 32;
const NONCE_BYTES = 24;

export interface SignIn {
  readonly gate: Gate;
  readonly secret: Buffer;
  readonly names: readonly SaslName[];
  /** The client's address. */
  readonly from: string | undefined;
}

/** How a client shows an API token: as PLAIN's password, where a signed token does as well, or by SCRAM, which never sends it. */
export function signIn({ gate, secret, names, from }: SignIn): AuthPolicy {
  const all = {
    PLAIN: plain((_, password) => bearer(gate, password, from)),
    'SCRAM-SHA-256': scramSha256({
      find: (name) => {
        const token = gate.provable(name);
        return token && { credential: scramCredentialOf(token.keys), details: token.identity };
      },
      onWrong: () => refuse(gate, gate.notProved(from), from),
      newNonce: () => randomBytes(NONCE_BYTES).toString('base64'),
      secret,
    }),
  };
  return { type: 'sasl', mechanisms: names.map((name) => all[name]) };
}

/** The name is the client's to choose. */
async function bearer(gate: Gate, text: string, from: string | undefined): Promise<Proved> {
  try {
    const identity = await gate.identify({ type: 'bearer', text }, from);
    return { name: identity.name, details: identity };
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    return refuse(gate, thrown, from);
  }
}

/** @throws SaslFailure always, with the refusal's words */
async function refuse(gate: Gate, refusal: Refusal, from: string | undefined): Promise<never> {
  await gate.audit({ identity: nobody, via: 'rpc', from }, { commandId: randomUUID(), contract: { subject: 'auth_sasl_start' } }, refusal);
  throw new SaslFailure(refusal.message);
}

/** The first gateway of a fleet draws it; the others, and the first one when it comes back, go by the same. */
export async function saltSecretOf(bus: Bus): Promise<Buffer> {
  const bucket = bus.bucket(saltSecrets);
  const drawn = randomBytes(SECRET_BYTES).toString('base64');
  try {
    await bucket.create(FLEET, { secret: drawn });
    return Buffer.from(drawn, 'base64');
  } catch (thrown) {
    if (!(thrown instanceof BucketConflict)) throw thrown;
  }
  const held = await bucket.get(FLEET);
  if (!held) throw new Error('the secret that salts are made of has gone while it was read');
  return Buffer.from(held.value.secret, 'base64');
}
