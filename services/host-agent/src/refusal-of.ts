import { defined, Refusal, type ErrorCode } from '@virtbus/contracts';
import { LibvirtError } from '@virtbus/libvirt-xml';
import { CommandTimeout, MonitorClosed, QmpError } from '@virtbus/qmp';
import { LinkError, type LinkFault } from './links/link-error.js';
import { LaunchFailed } from './qemu/qemu.js';

const linkCodes: Partial<Record<LinkFault, ErrorCode>> = {
  tap_exists: 'operation_invalid',
  network_in_use: 'network_in_use',
  bridge_foreign: 'network_in_use',
  bridge_full: 'bridge_full',
  link_busy: 'operation_invalid',
  device_busy: 'operation_invalid',
  device_offline: 'operation_failed',
  device_unsupported: 'config_unsupported',
  script_failed: 'operation_failed',
  unsupported: 'config_unsupported',
};

/** libvirt's words before those of an error, by its number. A system error has none. */
const prefixes: Readonly<Record<number, string>> = {
  1: 'internal error: ',
  55: 'Requested operation is not valid: ',
  67: 'unsupported configuration: ',
};

const xmlCodes: Readonly<Record<number, ErrorCode>> = {
  1: 'operation_failed',
  8: 'invalid_argument',
  9: 'operation_failed',
  27: 'xml_error',
  35: 'xml_detail',
  55: 'operation_invalid',
  67: 'config_unsupported',
  84: 'operation_unsupported',
  99: 'no_device',
};

/** What a failure on this host is called on the bus. What is none of the known kinds is a bug, and is thrown on as it is. */
export function refusalOf(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  if (thrown instanceof LinkError) return ofLinks(thrown);
  if (thrown instanceof LaunchFailed) return new Refusal('qemu_failed', thrown.message, { cause: thrown });
  if (thrown instanceof LibvirtError) return ofXml(thrown);
  if (thrown instanceof QmpError) return ofCommand(thrown);
  if (thrown instanceof MonitorClosed || thrown instanceof CommandTimeout) {
    return new Refusal('qemu_failed', `internal error: QEMU does not answer: ${thrown.message}`, { cause: thrown });
  }
  throw thrown;
}

function ofLinks(cause: LinkError): Refusal {
  const words = `${prefixes[cause.libvirtCode] ?? ''}${cause.message}`;
  return new Refusal(linkCodes[cause.code] ?? 'system_error', words, { cause, libvirt: cause.libvirtCode });
}

function ofXml(cause: LibvirtError): Refusal {
  const { code, message, path } = cause;
  return new Refusal(xmlCodes[code] ?? 'xml_error', message, { cause, libvirt: code, ...defined({ path }) });
}

const ofCommand = (cause: QmpError): Refusal =>
  new Refusal('operation_failed', `internal error: unable to execute QEMU command '${cause.command}': ${cause.desc}`, {
    cause,
    libvirt: 1,
  });
