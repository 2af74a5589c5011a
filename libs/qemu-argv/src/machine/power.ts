/** How the machine is told to sleep, to wake and to end. */
import type { Argv } from '../argv/options.js';
import type { Context } from '../context.js';
import { isPcExpress } from './machine-kind.js';

/** QEMU stays after the guest has ended, so that its end can be asked about. */
export const shutdown = (): Argv => ['-no-shutdown'];

export const acpi = ({ domain }: Context): Argv => (domain.features?.acpi ? [] : ['-no-acpi']);

export function suspension({ domain }: Context): Argv {
  const chip = isPcExpress(domain) ? 'ICH9-LPC' : 'PIIX4_PM';
  const { suspendToMem, suspendToDisk } = domain.pm ?? {};
  return [...disabled(`${chip}.disable_s3`, suspendToMem?.enabled), ...disabled(`${chip}.disable_s4`, suspendToDisk?.enabled)];
}

const disabled = (property: string, enabled: boolean | undefined): Argv =>
  enabled === undefined ? [] : ['-global', `${property}=${enabled ? 0 : 1}`];
