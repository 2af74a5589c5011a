/** Processors of the reference host: what `host-model` stands for under each accelerator. */
import type { HostCpu } from '../host/host-cpu.js';
import type { Accelerator } from '../host/argv-host.js';

const withFeatures = (model: string, present: string, absent = ''): HostCpu => ({
  model,
  vendor: 'AMD',
  features: [
    ...words(present).map((name) => ({ name, policy: 'require' as const })),
    ...words(absent).map((name) => ({ name, policy: 'disable' as const })),
  ],
});

const words = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== '');

export const referenceCpus: Readonly<Record<Accelerator, HostCpu>> = {
  kvm: withFeatures(
    'EPYC-Rome',
    `x2apic tsc-deadline hypervisor tsc_adjust stibp arch-capabilities ssbd xsaves cmp_legacy amd-ssbd virt-ssbd lbrv tsc-scale
     vmcb-clean pause-filter pfthreshold v-vmsave-vmload vgif svme-addr-chk rdctl-no skip-l1dfl-vmentry mds-no pschange-mc-no`,
  ),
  // Everything that QEMU 7.2 emulates.
  tcg: withFeatures(
    'EPYC',
    'acpi ss monitor hypervisor erms mpx pcommit clwb umip pku vaes la57 pks 3dnowext 3dnow npt vgif svme-addr-chk',
    'vme rdseed sha-ni xsavec fxsr_opt misalignsse 3dnowprefetch osvw topoext nrip-save',
  ),
};
