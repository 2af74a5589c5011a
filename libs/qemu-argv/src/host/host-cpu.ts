/** What `host-model` stands for on a host: the nearest model of QEMU, and where the processor differs from it. */
export interface HostCpu {
  readonly model: string;
  readonly vendor?: string;
  readonly features: readonly { readonly name: string; readonly policy: 'require' | 'disable' }[];
}
