import * as contracts from '@virtbus/contracts';
import { errorCode, errorDomain, RemoteError, type TypedParam } from '@virtbus/libvirt-rpc';
import { isNamedDisk, type DiskLimits } from '@virtbus/libvirt-xml';
import { diskLimitWords } from '../core/disk-limit-words.js';
import { definitionOf } from '../domain-xml.js';
import type { DomainHandle } from '../handles.js';
import { impact, reachOf } from '../impact.js';
import { invalidArgument, invalidOperation, refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { Session } from '../session.js';

/** virTypedParameterFlags: the client takes strings, too. */
const STRINGS_OKAY = 4;
/** What QEMU's counters hold. */
const MOST = 1_000_000_000_000_000n;
const MUTUAL = "Flags 'VIR_DOMAIN_AFFECT_LIVE' and 'VIR_DOMAIN_AFFECT_CONFIG' are mutually exclusive";

interface Asked {
  readonly dom: DomainHandle;
  readonly flags: number;
}

/** Finds the limits of a disk; their number is asked for before it is said of which. @throws RemoteError */
async function limitsFinder({ dom, flags }: Asked, { known }: Session): Promise<(disk: string) => DiskLimits> {
  const domain = await known.domain(dom);
  if ((flags & impact.both) === impact.both) throw invalidArgument(MUTUAL);
  if ((flags & impact.live) !== 0 && !domain.active) throw invalidOperation('domain is not running');
  const fromConfig = (flags & impact.config) !== 0 || !domain.active;
  return (name) => {
    const disk = definitionOf(domain, fromConfig).devices.disk.find((each) => isNamedDisk(each, name));
    if (disk) return disk.iotune ?? {};
    throw invalidArgument(fromConfig ? `disk '${name}' was not found in the domain config` : `disk '${name}' not found in domain`);
  };
}

function limitsOf(params: readonly TypedParam[]): DiskLimits {
  const limits: Record<string, number | string> = {};
  for (const { field, value } of params) {
    const [, limit] = diskLimitWords.find(([word]) => word === field) ?? [];
    if (limit === undefined) throw invalidArgument(`parameter '${field}' not supported`);
    if (limits[limit] !== undefined) throw invalidArgument(`parameter '${field}' occurs multiple times`);
    limits[limit] = valueOf(field, value, limit === 'groupName' ? 'string' : 'ullong');
  }
  return limits;
}

function valueOf(field: string, given: TypedParam['value'], type: 'string' | 'ullong'): number | string {
  if (given.type !== type) throw invalidArgument(`invalid type '${given.type}' for parameter '${field}', expected '${type}'`);
  if (given.type === 'string') return given.value;
  if (given.value <= MOST) return Number(given.value);
  const words = `argument unsupported: block I/O throttle limit value must be no more than ${MOST}`;
  throw new RemoteError(errorCode.argumentUnsupported, errorDomain.qemu, words);
}

const paramOf = (limits: DiskLimits, [word, limit]: (typeof diskLimitWords)[number]): TypedParam =>
  limit === 'groupName'
    ? { field: word, value: { type: 'string', value: limits.groupName ?? '' } }
    : { field: word, value: { type: 'ullong', value: BigInt(limits[limit] ?? 0) } };

/** What disks may carry. */
export const domainDiskTuning: RemoteHandlers = {
  domain_get_block_io_tune: async ({ dom, disk, nparams, flags }, session) => {
    refuseOtherFlags(flags, impact.both | STRINGS_OKAY, 'domain_get_block_io_tune');
    const limitsIn = await limitsFinder({ dom, flags }, session);
    const words = diskLimitWords.filter(([, limit]) => limit !== 'groupName' || (flags & STRINGS_OKAY) !== 0);
    if (nparams === 0) return { params: [], nparams: words.length };
    const limits = limitsIn(disk ?? '');
    const params = words.slice(0, nparams).map((each) => paramOf(limits, each));
    return { params, nparams: params.length };
  },
  domain_set_block_io_tune: async ({ dom, disk, params, flags }, { known, orders }) => {
    refuseOtherFlags(flags, impact.both, 'domain_set_block_io_tune');
    const { record } = await known.domain(dom);
    await orders.run(contracts.tuneDisk, { domain: record.uuid, tuning: { disk, limits: limitsOf(params) }, ...reachOf(flags) });
    return {};
  },
};
