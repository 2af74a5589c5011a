/** Which processors guests can have, in the modes in which a definition asks for them. */
import type { DomainCapabilities } from './domain-capabilities.js';

export interface ProcessorFacts {
  /** Processor models of the emulator; those of the host's own make are not runnable elsewhere. */
  readonly cpus?: readonly { readonly name: string; readonly runnable: boolean; readonly deprecated?: boolean }[];
  /** What `host-model` stands for. */
  readonly hostModel?: {
    readonly model: string;
    readonly vendor?: string;
    readonly features: readonly { readonly name: string; readonly policy: 'require' | 'disable' }[];
  };
}

type Mode = NonNullable<DomainCapabilities['cpu']>['mode'][number];

const migratable = (name: string) => [{ name, value: ['on', 'off'] }];

export function processorModes({ cpus = [], hostModel }: ProcessorFacts, kvm: boolean): readonly Mode[] {
  const models = cpus.filter(({ name }) => isModel(name));
  return [
    { name: 'host-passthrough', supported: kvm, enumerations: kvm ? migratable('hostPassthroughMigratable') : [] },
    { name: 'maximum', supported: true, enumerations: migratable('maximumMigratable') },
    hostModelMode(hostModel),
    {
      name: 'custom',
      supported: models.length > 0,
      models: models.map(({ name, runnable, deprecated }) => ({
        usable: runnable ? 'yes' : 'no',
        ...(deprecated ? { deprecated } : {}),
        vendor: vendorOf(name),
        value: name,
      })),
    },
  ];
}

function hostModelMode(host: ProcessorFacts['hostModel']): Mode {
  if (!host) return { name: 'host-model', supported: false, feature: [] };
  const vendor = host.vendor === undefined ? {} : { vendor: host.vendor };
  return { name: 'host-model', supported: true, model: { fallback: 'forbid', value: host.model }, ...vendor, feature: host.features };
}

/** Names for whatever there is, and models that libvirt 9.0 knows nothing of. */
const notTold: readonly string[] = ['base', 'host', 'max', 'Denverton', 'KnightsMill'];

/** Not a version of another model either. */
const isModel = (name: string): boolean => !/-v\d+$/.test(name) && !notTold.includes(name);

const vendors: readonly (readonly [RegExp, string])[] = [
  [/^Dhyana/, 'Hygon'],
  [/^(EPYC|Opteron|phenom|athlon)/, 'AMD'],
  [/^(qemu|kvm)(32|64)$|^(486|pentium|pentium2|pentium3)$/, 'unknown'],
];

/** Who makes the processors that a model imitates. */
const vendorOf = (name: string): string => vendors.find(([pattern]) => pattern.test(name))?.[1] ?? 'Intel';
