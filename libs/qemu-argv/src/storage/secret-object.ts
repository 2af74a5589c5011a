import { object, type Argv } from '../argv/options.js';
import type { Context } from '../context.js';
import type { EncryptedSecret, SecretNeed } from '../host/lookups.js';
import { unsupported } from '../refusal.js';

export const secretObject = (id: string, { data, iv }: EncryptedSecret): Argv =>
  object({ 'qom-type': 'secret', id, data, keyid: 'masterKey0', iv, format: 'base64' });

/** @throws LibvirtError when the host does not have the secret. */
export function neededSecret({ host }: Pick<Context, 'host'>, need: SecretNeed, at: string): Argv {
  const found = host.paths.masterKey === undefined ? undefined : host.lookup?.secret?.(need);
  if (!found) throw unsupported(at, `there is no secret ${need.uuid === undefined ? `for '${need.usage ?? ''}'` : need.uuid}`);
  return secretObject(need.id, found);
}
