import type { DomainDef } from '../domain/domain.js';

/** The machine type, as written. */
export const machineOf = (def: DomainDef): string => def.os.type.machine ?? '';

/** Whether the guest is an x86 machine with a PCI Express root. */
export const isQ35 = (def: DomainDef): boolean => /^(q35$|pc-q35-|.*-q35-)/.test(machineOf(def));

/** Whether the guest is an x86 machine with the PIIX3 chipset. */
export const isI440fx = (def: DomainDef): boolean => /^(pc$|pc-(0|1)\.|pc-i440fx-|rhel)/.test(machineOf(def)) && !isQ35(def);
