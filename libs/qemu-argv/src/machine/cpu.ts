/** The processor that the guest sees: a model, what differs from it, and what makes guests feel at home on it. */
import { keyValues, type Argv } from '../argv/options.js';
import type { Context } from '../context.js';
import { machineOf } from '../capabilities.js';
import { refuse, unsupported } from '../refusal.js';
import { hypervFeatures } from './hyperv.js';

type Pair = readonly [string, string | number | boolean | null | undefined];
type Cpu = NonNullable<Context['domain']['cpu']>;
type Feature = Cpu['feature'][number];

export function cpu(context: Context): Argv {
  const pairs: Pair[] = [...timers(context), ...featureFlags(context), ...kvmFeatures(context), ...cacheAndAddresses(context.domain.cpu)];
  return ['-cpu', keyValues(modelText(context), pairs)];
}

function modelText(context: Context): string {
  const { domain } = context;
  const given = domain.cpu;
  switch (given?.mode) {
    case 'host-passthrough':
      return passthrough(context, given);
    case 'maximum':
      return keyValues('max', [['migratable', given.migratable], ...given.feature.flatMap(featurePair)]);
    case 'host-model':
      return hostModel(context, given);
    default:
      return customModel(context, given);
  }
}

function passthrough({ host }: Context, given: Cpu): string {
  if (host.accel !== 'kvm') throw unsupported('/domain/cpu/@mode', "the host's processor is passed through by KVM only");
  return keyValues('host', [['migratable', given.migratable], ...given.feature.flatMap(featurePair)]);
}

function hostModel({ host }: Context, given: Cpu): string {
  const found = host.lookup?.cpu?.();
  if (!found) throw unsupported('/domain/cpu/@mode', "host-model: it is not known what the host's processor is");
  const vendor = given.model?.vendorId;
  const own = given.feature.filter(({ name }) => !found.features.some((feature) => feature.name === name));
  const overridden = found.features.map((feature) => given.feature.find(({ name }) => name === feature.name) ?? feature);
  return keyValues(found.model, [['vendor', vendor], ...[...overridden, ...own].flatMap(featurePair)]);
}

function customModel(context: Context, given: Cpu | undefined): string {
  // At least this much of it: libvirt gives all that the host has.
  if (given?.match === 'minimum') return hostModel(context, given);
  const { model, feature = [] } = given ?? {};
  const name = model?.value ?? impliedModel(context);
  checkModel(context, name);
  const gone = (removed[name] ?? []).filter((one) => !feature.some((own) => own.name === one));
  const off = gone.map((one): Pair => [qemuFeature(one), false]);
  return keyValues(name, [['vendor', model?.vendorId], ...feature.flatMap(featurePair), ...off]);
}

/** Features that some models once had, by libvirt's account: they are said to be off, so that it is one model whatever QEMU's age. */
const removed: Readonly<Record<string, readonly string[]>> = {
  Dhyana: ['monitor'],
  EPYC: ['monitor'],
  'EPYC-IBPB': ['monitor'],
  'Icelake-Server': ['intel-pt'],
  'Icelake-Server-noTSX': ['intel-pt'],
};

function checkModel({ host }: Context, model: string): void {
  const { cpus } = host.capabilities;
  if (cpus.length > 0 && !cpus.some(({ name }) => name === model))
    throw refuse('INTERNAL_ERROR', '/domain/cpu/model', `QEMU has no processor '${model}'`);
}

/** `qemu64-x86_64-cpu` is the class of the model `qemu64`. */
function impliedModel({ host, domain }: Context): string {
  const { arch, machine } = domain.os.type;
  const type = machineOf(host.capabilities, machine)?.defaultCpuType;
  return type?.replace(/-x86_64-cpu$|-i386-cpu$/, '') ?? (arch === 'i686' ? 'qemu32' : 'qemu64');
}

/** Facts about a host that no guest can be given. */
const hostOnly: ReadonlySet<string> = new Set(['cmt', 'mbm_total', 'mbm_local', 'osxsave', 'ospke', 'pconfig']);

function featurePair({ name, policy }: Pick<Feature, 'name'> & { readonly policy: string }): Pair[] {
  if (hostOnly.has(name) || policy === 'optional') return [];
  return [[qemuFeature(name), policy === 'force' || policy === 'require']];
}

/** libvirt's names have underscores where QEMU's have dashes, and one is another word. */
const qemuFeature = (name: string): string => (name === 'pclmuldq' ? 'pclmulqdq' : name.replaceAll('_', '-'));

function timers({ domain }: Context): Pair[] {
  return domain.clock.timer.flatMap((timer): Pair[] => {
    switch (timer.name) {
      case 'tsc':
        return [['tsc-frequency', timer.frequency]];
      case 'kvmclock':
        return [['kvmclock', timer.present]];
      case 'hypervclock':
        return [['hv-time', timer.present === false ? undefined : true]];
      default:
        return [];
    }
  });
}

function featureFlags({ domain }: Context): Pair[] {
  const { features } = domain;
  const hypervCrash = domain.devices.panic.some(({ model }) => model === 'hyperv');
  return [
    ['kvm-pv-eoi', features?.apic?.eoi],
    ['kvm-pv-unhalt', features?.pvspinlock?.state],
    ...hypervFeatures(features?.hyperv),
    ...(hypervCrash ? [crash] : []),
  ];
}

/** A bare word: QEMU takes it as switched on. */
const crash: Pair = ['hv-crash', null];

type KvmFeatures = NonNullable<NonNullable<Context['domain']['features']>['kvm']>;

function kvmFeatures({ domain }: Context): Pair[] {
  const { kvm = {}, pmu } = domain.features ?? {};
  return [
    ['kvm', isOn(kvm.hidden) ? false : undefined],
    ['kvm-hint-dedicated', isOn(kvm.hintDedicated)],
    ['kvm-poll-control', isOn(kvm.pollControl)],
    ['kvm-pv-ipi', kvm.pvIpi?.state === false ? false : undefined],
    ['pmu', pmu?.state],
  ];
}

/** What is off says nothing: QEMU has it off. */
const isOn = (feature: KvmFeatures['hidden']): true | undefined => (feature?.state ? true : undefined);

function cacheAndAddresses(given: Cpu | undefined): Pair[] {
  return [...cachePairs(given), ...addressPairs(given?.maxphysaddr)];
}

/** What a model says of caches is the model's; only the host's own processor, or all that there is, tells the host's. */
const tellsOfHost = ({ mode }: Cpu): boolean => mode === 'host-passthrough' || mode === 'maximum';

function cachePairs(given: Cpu | undefined): Pair[] {
  const cache = given?.cache;
  if (!given || !cache) return [];
  if (cache.mode === 'emulate')
    return [
      ['l3-cache', true],
      ['host-cache-info', tellsOfHost(given) ? false : undefined],
    ];
  if (cache.mode === 'passthrough')
    return [
      ['host-cache-info', true],
      ['l3-cache', false],
    ];
  return [
    ['host-cache-info', tellsOfHost(given) ? false : undefined],
    ['l3-cache', false],
  ];
}

function addressPairs(given: Cpu['maxphysaddr']): Pair[] {
  if (!given) return [];
  if (given.mode === 'emulate') return [['phys-bits', given.bits]];
  return [
    ['host-phys-bits', true],
    ['host-phys-bits-limit', given.limit],
  ];
}
