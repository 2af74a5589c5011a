import { Refusal, type ErrorCode } from '@virtbus/contracts';
import { LibvirtError } from '@virtbus/libvirt-xml';
import { CommandTimeout, MonitorClosed, QmpError } from '@virtbus/qmp';
import { LinkError, type LinkFault } from './links/link-error.js';
import { LaunchFailed } from './qemu/qemu.js';

const linkCodes: Partial<Record<LinkFault, ErrorCode>> = {
  tap_exists: 'operation_invalid',
  network_in_use: 'network_in_use',
  bridge_foreign: 'network_in_use',
  unsupported: 'config_unsupported',
};

/** libvirt's words before those of an error, by its number. A system error has none. */
const prefixes: Readonly<Record<number, string>> = {
  1: 'internal error: ',
  55: 'Requested operation is not valid: ',
  67: 'unsupported configuration: ',
};

const xmlCodes: Readonly<Record<number, ErrorCode>> = { 27: 'xml_error', 35: 'xml_detail', 67: 'config_unsupported' };

/** What a failure on this host is called on the bus. What is none of the known kinds is a bug, and is thrown on as it is. */
export function refusalOf(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  if (thrown instanceof LinkError) {
    const words = `${prefixes[thrown.libvirtCode] ?? ''}${thrown.message}`;
    return new Refusal(linkCodes[thrown.code] ?? 'system_error', words, { cause: thrown, libvirt: thrown.libvirtCode });
  }
  if (thrown instanceof LaunchFailed) return new Refusal('qemu_failed', thrown.message, { cause: thrown });
  if (thrown instanceof LibvirtError) {
    const { code, message, path } = thrown;
    return new Refusal(xmlCodes[code] ?? 'xml_error', message, { cause: thrown, libvirt: code, ...(path === undefined ? {} : { path }) });
  }
  if (thrown instanceof QmpError) {
    return new Refusal('operation_failed', `internal error: unable to execute QEMU command '${thrown.command}': ${thrown.message}`, {
      cause: thrown,
      libvirt: 1,
    });
  }
  if (thrown instanceof MonitorClosed || thrown instanceof CommandTimeout) {
    return new Refusal('qemu_failed', `internal error: QEMU does not answer: ${thrown.message}`, { cause: thrown });
  }
  throw thrown;
}
