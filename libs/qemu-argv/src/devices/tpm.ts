import { chardev, device, keyValues, type Argv } from '../argv/options.js';
import { aliasOf, each, type Builder, type Context } from '../context.js';
import type { Tpm } from '../domain-parts.js';
import { refuse, unsupported } from '../refusal.js';
import { addressProps } from './device-address.js';

export const tpms: Builder = (context) => each('tpm', context.domain.devices.tpm, (one, at) => tpm(context, one, at));

function tpm(context: Context, one: Tpm, at: string): Argv {
  const alias = aliasOf(one, at);
  const driver = one.model ?? 'tpm-tis';
  if (driver === 'tpm-spapr' || driver === 'spapr-tpm-proxy') throw unsupported(`${at}/@model`, `x86 has no TPM of model '${driver}'`);
  return [...backend(context, one, at), ...device({ driver, tpmdev: `tpm-${alias}`, id: alias, ...addressProps(context, one, at) })];
}

const SOCKET_ID = 'chrtpm';

function backend(context: Context, one: Tpm, at: string): Argv {
  const id = `tpm-${aliasOf(one, at)}`;
  if (one.backend.type === 'passthrough') return passthrough(context, one, id, at);
  const path =
    one.backend.type === 'external'
      ? one.backend.source.path
      : (context.host.paths.tpmSocket ?? `${context.host.paths.directory}/swtpm.sock`);
  return [...chardev('socket', { id: SOCKET_ID, path }), '-tpmdev', keyValues('emulator', { id, chardev: SOCKET_ID })];
}

/** The device, and the file that cancels a command, are opened by the host. */
function passthrough({ host, fdSets }: Context, one: Tpm, id: string, at: string): Argv {
  const [tpmName, cancelName] = [`${aliasOf(one, at)}-tpm`, `${aliasOf(one, at)}-cancel`];
  const fds = [tpmName, cancelName].map((name) => ({ name, fd: host.lookup?.descriptor?.(name), set: fdSets.get(name) }));
  const missing = fds.find(({ fd }) => fd === undefined);
  if (missing) throw refuse('INTERNAL_ERROR', at, 'the host has handed over no descriptor of its TPM');
  const [path, cancel] = fds.map(({ set }) => `/dev/fdset/${set ?? 0}`);
  return [
    ...fds.flatMap(({ fd, set }) => ['-add-fd', keyValues(undefined, { set, fd })]),
    '-tpmdev',
    keyValues('passthrough', { id, path, 'cancel-path': cancel }),
  ];
}
