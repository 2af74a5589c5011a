import type { DomainDef } from '@virtbus/libvirt-xml';
import type { Builder, Context } from './context.js';
import { fdSetsOf } from './descriptors.js';
import { noDisplay } from './devices/graphics.js';
import { devicesBeforeBalloon, devicesFromBalloon, devicesLast } from './devices/index.js';
import { reservationHelper } from './devices/reservation-helper.js';
import type { ArgvHost } from './host/argv-host.js';
import { acpiTables, boot, kernel } from './machine/boot.js';
import { clock, intervalTimer } from './machine/clock.js';
import { cpu } from './machine/cpu.js';
import { flashBlockdevs, loader } from './machine/firmware.js';
import { bare, deprecation, generationId, masterKey, messages, monitor, name, sandbox, stopped, uuid } from './machine/identity.js';
import { accelerator, machine, tseg } from './machine/machine.js';
import { memory, overcommit } from './machine/memory.js';
import { numa } from './machine/numa.js';
import { acpi, shutdown, suspension } from './machine/power.js';
import { defaultIoThread, ioThreads, smp } from './machine/processors.js';
import { firmwareConfig, smbios } from './machine/smbios.js';
import { administratorArguments, incoming, overrides } from './machine/administrator.js';
import { sharedSlots } from './pci-slots.js';
import { bootOrder } from './prepare/boot-order.js';

/** The order of a command line is the order of this list. */
const builders: readonly Builder[] = [
  name,
  deprecation,
  stopped,
  masterKey,
  reservationHelper,
  flashBlockdevs,
  machine,
  accelerator,
  tseg,
  cpu,
  loader,
  memory,
  overcommit,
  smp,
  ioThreads,
  defaultIoThread,
  numa,
  uuid,
  generationId,
  smbios,
  firmwareConfig,
  noDisplay,
  bare,
  monitor,
  clock,
  intervalTimer,
  shutdown,
  acpi,
  suspension,
  boot,
  kernel,
  acpiTables,
  ...devicesBeforeBalloon,
  incoming,
  ...devicesFromBalloon,
  administratorArguments,
  sandbox,
  ...devicesLast,
  messages,
];

export const contextOf = (domain: DomainDef, host: ArgvHost): Context => ({
  domain,
  host,
  bootIndex: bootOrder(domain),
  sharedSlots: sharedSlots(domain.devices),
  fdSets: fdSetsOf(domain, host),
});

/**
 * QEMU's arguments for a domain: everything after the program's name. A function of its arguments alone.
 * @param domain with defaults assigned and prepared (`prepareDomain`)
 * @throws LibvirtError 67 with the element's path for what QEMU cannot do, 1 when the domain is not prepared
 */
export function buildArgv(domain: DomainDef, host: ArgvHost): string[] {
  const context = contextOf(domain, host);
  return overrides(
    context,
    builders.flatMap((build) => build(context)),
  );
}
