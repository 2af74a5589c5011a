import { LibvirtError } from '@virtbus/libvirt-xml';
import { Failure } from '../cli/failure.js';

/** A refused document as a failed command: what was being done, the reason, and the place. @throws what is no refusal */
export function refusalOf(doing: string | undefined, thrown: unknown): Failure {
  if (!(thrown instanceof LibvirtError)) throw thrown;
  const { message, path, line, code } = thrown;
  const place = path ?? (line === undefined ? undefined : `line ${line}`);
  const why = place === undefined ? message : `${message} (at ${place})`;
  return new Failure([...(doing === undefined ? [] : [doing]), why], 'libvirt', { libvirt: code, ...(path === undefined ? {} : { path }) });
}
