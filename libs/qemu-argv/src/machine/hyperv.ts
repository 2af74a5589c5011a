import type { Context } from '../context.js';

type Hyperv = NonNullable<NonNullable<Context['domain']['features']>['hyperv']>;
type Pair = readonly [string, string | number | boolean | undefined];

const switches = [
  'relaxed',
  'vapic',
  'spinlocks',
  'vpindex',
  'runtime',
  'synic',
  'stimer',
  'reset',
  'vendorId',
  'frequencies',
  'reenlightenment',
  'tlbflush',
  'ipi',
  'evmcs',
  'avic',
] as const;

/** What Windows looks for in a hypervisor of its maker's. Features that are off say nothing: QEMU has them off. */
export function hypervFeatures(hyperv: Hyperv | undefined): readonly Pair[] {
  if (!hyperv) return [];
  const passed: readonly Pair[] = hyperv.mode === 'passthrough' ? [['hv-passthrough', true]] : [];
  return [...passed, ...switches.flatMap((name): readonly Pair[] => (hyperv[name]?.state ? enlightenment(hyperv, name) : []))];
}

function enlightenment(hyperv: Hyperv, name: (typeof switches)[number]): readonly Pair[] {
  switch (name) {
    case 'spinlocks':
      return [['hv-spinlocks', `0x${(hyperv.spinlocks?.retries ?? 0).toString(16)}`]];
    case 'vendorId':
      return [['hv-vendor-id', hyperv.vendorId?.value]];
    case 'stimer':
      return [
        ['hv-stimer', true],
        ['hv-stimer-direct', hyperv.stimer?.direct?.state ? true : undefined],
      ];
    default:
      return [[`hv-${name}`, true]];
  }
}
