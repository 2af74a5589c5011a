import { object, type Argv } from '../argv/options.js';
import type { Context } from '../context.js';
import type { TlsDirectories } from '../host/argv-host.js';
import { unsupported } from '../refusal.js';
import { secretObject } from '../storage/secret-object.js';

interface Credentials {
  readonly id: string;
  readonly server: boolean;
  readonly use: keyof TlsDirectories;
  readonly at: string;
}

/** Certificates of the host, and the password of their key when they have one. */
export function tlsCredentials(context: Context, { id, server, use, at }: Credentials): Argv {
  const dir = context.host.paths.tls?.[use];
  if (dir === undefined) throw unsupported(at, 'TLS is asked for, but the host has no certificates');
  const secret = `${id}-secret0`;
  const locked = context.host.lookup?.secret?.({ id: secret, purpose: 'tls-key' });
  return [
    ...(locked ? secretObject(secret, locked) : []),
    ...object({
      'qom-type': 'tls-creds-x509',
      id,
      dir,
      endpoint: server ? 'server' : 'client',
      'verify-peer': true,
      passwordid: locked ? secret : undefined,
    }),
  ];
}
