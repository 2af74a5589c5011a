import type { DomainDef } from '../domain/domain.js';
import { LibvirtError } from '../errors/libvirt-error.js';
import { formatCpuset, parseCpuset } from '../formats/cpuset.js';

/** Where a processor of the domain runs, or, without one, its emulator. */
export interface ThreadPin {
  readonly vcpu?: number;
  /** Processors of the host. */
  readonly cpuset: string;
}

type Tuning = NonNullable<DomainDef['cputune']>;

const none: Tuning = { vcpupin: [], iothreadpin: [], vcpusched: [], iothreadsched: [], cachetune: [], memorytune: [] };
const invalid = (words: string): LibvirtError => new LibvirtError('INVALID_ARG', words, { domain: 10 });

/**
 * The same domain with a thread elsewhere.
 * @param of whose processors are counted, for words
 * @throws LibvirtError 8 for a processor that it does not have, or no set of any
 */
export function withPin(domain: DomainDef, { vcpu, cpuset: given }: ThreadPin, of: 'live' | 'persistent'): DomainDef {
  const most = domain.vcpu.value;
  if (vcpu !== undefined && vcpu >= most) throw invalid(`vcpu ${vcpu} is out of range of ${of} cpu count ${most}`);
  const processors = parseCpuset(given) ?? [];
  if (processors.length === 0) throw invalid('Empty cpu list for pinning');
  const cpuset = formatCpuset(processors);
  const { cputune = none } = domain;
  if (vcpu === undefined) return { ...domain, cputune: { ...cputune, emulatorpin: { cpuset } } };
  const others = cputune.vcpupin.filter((pin) => pin.vcpu !== vcpu);
  return { ...domain, cputune: { ...cputune, vcpupin: [...others, { vcpu, cpuset }].toSorted((a, b) => a.vcpu - b.vcpu) } };
}
