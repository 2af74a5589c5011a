import type { SecretRecord } from '@virtbus/contracts';
import type { Context } from './context.js';
import { Failure, failed } from './failure.js';

export const secretOption = { kind: 'text', required: true, about: 'UUID of the secret' } as const;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @throws Failure when there is none */
export async function findSecret(context: Context, text: string): Promise<SecretRecord> {
  const doing = `failed to get secret '${text}'`;
  if (!UUID.test(text))
    throw new Failure([doing, 'uuidstr in virSecretLookupByUUIDString must be a valid UUID'], 'invalid_argument', { libvirt: 8 });
  try {
    return await context.ask('getSecret', { secret: text.toLowerCase() });
  } catch (error) {
    throw failed(doing, error);
  }
}
