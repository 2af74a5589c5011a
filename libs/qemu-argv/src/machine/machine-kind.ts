import type { DomainDef } from '@virtbus/libvirt-xml';

const machineOf = ({ os }: DomainDef): string => os.type.machine ?? '';

/** Machines with a PCI Express root: Q35 and its versions. */
export const isPcExpress = (domain: DomainDef): boolean => /^(q35|pc-q35-.*)$/.test(machineOf(domain));

/** Machines of the i440FX chipset: `pc` and its versions. */
export const isI440fx = (domain: DomainDef): boolean => /^(pc|pc-\d.*|pc-i440fx-.*)$/.test(machineOf(domain));

/** The smallest machine, without PCI. */
export const isMicrovm = (domain: DomainDef): boolean => machineOf(domain) === 'microvm';
