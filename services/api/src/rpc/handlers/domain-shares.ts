import { TypedParams, type TypedParam } from '@virtbus/libvirt-rpc';
import type { DomainDef } from '@virtbus/libvirt-xml';
import { definitionOf } from '../domain-xml.js';
import type { DomainHandle } from '../handles.js';
import { impact } from '../impact.js';
import { invalidOperation, refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

const STRING_OKAY = 4;
const READ_FLAGS = impact.both | STRING_OKAY;
/** VIR_DOMAIN_MEMORY_PARAM_UNLIMITED. */
const UNLIMITED = 9_007_199_254_740_991n;

interface Asked {
  readonly dom: DomainHandle;
  readonly nparams: number;
  readonly flags: number;
}

async function definition({ dom, flags }: Pick<Asked, 'dom' | 'flags'>, { known }: Session): Promise<DomainDef> {
  const domain = await known.domain(dom);
  if ((flags & impact.live) !== 0 && !domain.active) throw invalidOperation('domain is not running');
  return definitionOf(domain, (flags & impact.config) !== 0);
}

/** Whoever asks for none is told how many there are. */
const answer = (params: readonly TypedParam[], most: number) =>
  most === 0 ? { params: [], nparams: params.length } : { params: params.slice(0, most), nparams: Math.min(most, params.length) };

type CpuTuning = NonNullable<DomainDef['cputune']>;

/** In libvirt's order: how long a period is, and how much of it may be used. */
const shares = [
  ['vcpu', 'period', 'quota'],
  ['emulator', 'emulatorPeriod', 'emulatorQuota'],
  ['global', 'globalPeriod', 'globalQuota'],
  ['iothread', 'iothreadPeriod', 'iothreadQuota'],
] as const satisfies readonly (readonly [string, keyof CpuTuning, keyof CpuTuning])[];

function schedulerOf({ cputune }: DomainDef): readonly TypedParam[] {
  const params = new TypedParams().ullong('cpu_shares', cputune?.shares ?? 0);
  for (const [name, period, quota] of shares)
    params.ullong(`${name}_period`, cputune?.[period] ?? 0).llong(`${name}_quota`, cputune?.[quota] ?? 0);
  return params.list;
}

function memoryOf({ memtune }: DomainDef): readonly TypedParam[] {
  return new TypedParams()
    .ullong('hard_limit', memtune?.hardLimit ?? UNLIMITED)
    .ullong('soft_limit', memtune?.softLimit ?? UNLIMITED)
    .ullong('swap_hard_limit', memtune?.swapHardLimit ?? UNLIMITED).list;
}

/** virDomainNumatuneMemMode. */
const numaModes = ['strict', 'preferred', 'interleave', 'restrictive'];

function numaOf({ numatune }: DomainDef): readonly TypedParam[] {
  const { mode = 'strict', nodeset } = numatune?.memory ?? {};
  return new TypedParams().int('numa_mode', numaModes.indexOf(mode)).string('numa_nodeset', nodeset ?? '').list;
}

type Weighted = NonNullable<DomainDef['blkiotune']>['device'][number];

/** `path,value,path,value`, of the devices that have one. */
const ofDevices = (devices: readonly Weighted[], field: Exclude<keyof Weighted, 'path'>): string =>
  devices.flatMap(({ path, [field]: value }) => (value === undefined ? [] : [`${path},${value}`])).join(',');

function blockOf({ blkiotune }: DomainDef): readonly TypedParam[] {
  const devices = blkiotune?.device ?? [];
  return new TypedParams()
    .uint('weight', blkiotune?.weight ?? 0)
    .string('device_weight', ofDevices(devices, 'weight'))
    .string('device_read_iops_sec', ofDevices(devices, 'readIopsSec'))
    .string('device_write_iops_sec', ofDevices(devices, 'writeIopsSec'))
    .string('device_read_bytes_sec', ofDevices(devices, 'readBytesSec'))
    .string('device_write_bytes_sec', ofDevices(devices, 'writeBytesSec')).list;
}

/** How hard a domain may use its host, by its definition: no host has cgroups of its own for domains. */
export const domainShares: RemoteHandlers = {
  domain_get_scheduler_type: async ({ dom }, session) => {
    const params = schedulerOf(await definition({ dom, flags: 0 }, session));
    return { type: 'posix', nparams: params.length };
  },
  domain_get_scheduler_parameters: async ({ dom, nparams }, session) => ({
    params: schedulerOf(await definition({ dom, flags: 0 }, session)).slice(0, nparams),
  }),
  domain_get_scheduler_parameters_flags: async (args, session) => {
    refuseOtherFlags(args.flags, READ_FLAGS, 'domain_get_scheduler_parameters_flags');
    return { params: schedulerOf(await definition(args, session)).slice(0, args.nparams) };
  },
  domain_get_memory_parameters: async (args, session) => {
    refuseOtherFlags(args.flags, READ_FLAGS, 'domain_get_memory_parameters');
    return answer(memoryOf(await definition(args, session)), args.nparams);
  },
  domain_get_numa_parameters: async (args, session) => {
    refuseOtherFlags(args.flags, READ_FLAGS, 'domain_get_numa_parameters');
    return answer(numaOf(await definition(args, session)), args.nparams);
  },
  domain_get_blkio_parameters: async (args, session) => {
    refuseOtherFlags(args.flags, READ_FLAGS, 'domain_get_blkio_parameters');
    return answer(blockOf(await definition(args, session)), args.nparams);
  },
};
