import { constants, verify, type KeyObject, type VerifyKeyObjectInput } from 'node:crypto';
import type { Algorithm, JwtParts } from './core/jwt.js';
import type { IssuerKey } from './jwks.js';

interface Scheme {
  readonly digest: string | null;
  readonly options: Omit<VerifyKeyObjectInput, 'key'>;
  readonly fits: (key: KeyObject) => boolean;
}

const MIN_RSA_BITS = 2048;

const isRsa = ({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): boolean =>
  type === 'rsa' && (details?.modulusLength ?? 0) >= MIN_RSA_BITS;
const rsa = (digest: string): Scheme => ({ digest, options: { padding: constants.RSA_PKCS1_PADDING }, fits: isRsa });
const pss = (digest: string): Scheme => ({
  digest,
  options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
  fits: isRsa,
});
const ecdsa = (digest: string, curve: string): Scheme => ({
  digest,
  options: { dsaEncoding: 'ieee-p1363' },
  fits: ({ asymmetricKeyType, asymmetricKeyDetails }) => asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === curve,
});

/** RFC 7518, 8037. Each algorithm takes keys of its own kind only. */
const schemes: Readonly<Record<Algorithm, Scheme>> = {
  RS256: rsa('sha256'),
  RS384: rsa('sha384'),
  RS512: rsa('sha512'),
  PS256: pss('sha256'),
  PS384: pss('sha384'),
  PS512: pss('sha512'),
  ES256: ecdsa('sha256', 'prime256v1'),
  ES384: ecdsa('sha384', 'secp384r1'),
  ES512: ecdsa('sha512', 'secp521r1'),
  EdDSA: { digest: null, options: {}, fits: ({ asymmetricKeyType: type }) => type === 'ed25519' || type === 'ed448' },
};

/** Whether one of the keys has signed the token with an algorithm that the issuer is known to use. */
export function isSigned({ header, signed, signature }: JwtParts, pinned: readonly Algorithm[], keys: readonly IssuerKey[]): boolean {
  const algorithm = pinned.find((one) => one === header.alg);
  if (algorithm === undefined) return false;
  const { digest, options, fits } = schemes[algorithm];
  const bytes = Buffer.from(signature, 'base64url');
  return keys
    .filter(({ key, alg }) => fits(key) && (alg === undefined || alg === algorithm))
    .some(({ key }) => verify(digest, Buffer.from(signed), { key, ...options }, bytes));
}
