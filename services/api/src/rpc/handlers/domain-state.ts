import { domainTaintWords, stateNumbers } from '@virtbus/contracts';
import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';
import type { KnownDomain } from '../../fleet.memory.js';
import { definitionOf, domainXml, showsScreen } from '../domain-xml.js';
import { refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';
import type { ScreenAddress } from '../screens/screen-relay.js';
import type { Session } from '../session.js';

const FEWER_VCPUS = /<vcpu\b[^>]*\bcurrent=/;
const SECURE = 1;
/** virTypedParameterFlags: the client takes strings, too. */
const STRING_OKAY = 4;
const XML_FLAGS = SECURE | 2 | 4 | 8;

/** @throws RemoteError on a read-only connection; Refusal forbidden for whoever may only look */
function mayReadSecrets(session: Session): void {
  if (session.readOnly) {
    const words = 'operation forbidden: virDomainGetXMLDesc with secure flag';
    throw new RemoteError(errorCode.operationDenied, errorDomain.remote, words);
  }
  session.admit({ resource: 'domain', verb: 'secrets', kind: 'request' });
}

/** Whoever may look at the screen is told where it is. */
async function screenOf({ record }: KnownDomain, session: Session): Promise<ScreenAddress | undefined> {
  const mayLook = session.may({ resource: 'domain', verb: 'graphics', kind: 'request' });
  return mayLook ? session.gateway.screenOf(record.uuid) : undefined;
}

function stateOf({ state, reason }: KnownDomain): { readonly state: number; readonly reason: number } {
  const { number, reasons } = stateNumbers[state];
  // A host of a newer release may give a reason that is not known here.
  return { state: number, reason: (reasons as Readonly<Record<string, number>>)[reason] ?? 0 };
}

interface Sizes {
  readonly maxMem: bigint;
  readonly memory: bigint;
  readonly nrVirtCpu: number;
}

/** Of a domain that runs, what it has now. The record says it of one that does not, but for processors that it is to start without. */
function sizesOf(domain: KnownDomain): Sizes {
  const { maxMemoryKiB, memoryKiB, demand, xml } = domain.record;
  if (!domain.active && !FEWER_VCPUS.test(xml)) {
    return { maxMem: BigInt(maxMemoryKiB), memory: BigInt(memoryKiB), nrVirtCpu: demand.vcpus };
  }
  const { vcpu, currentMemory, memory } = definitionOf(domain, false);
  const maxMem = memory?.value ?? maxMemoryKiB;
  return { maxMem: BigInt(maxMem), memory: BigInt(currentMemory ?? maxMem), nrVirtCpu: vcpu.current ?? vcpu.value };
}

/** What a domain is and does. All from memory: virsh asks these for each line of a list. */
export const domainState: RemoteHandlers = {
  domain_get_state: async ({ dom, flags }, { known }) => {
    refuseOtherFlags(flags, 0, 'domain_get_state');
    return stateOf(await known.domain(dom));
  },
  domain_get_info: async ({ dom }, { known, gateway }) => {
    const domain = await known.domain(dom);
    const { state } = stateOf(domain);
    const { memory, ...sizes } = sizesOf(domain);
    if (!domain.active) return { state, ...sizes, memory, cpuTime: 0n };
    const { cpuTime, memoryKiB = memory } = await gateway.usage(domain);
    return { state, ...sizes, memory: memoryKiB, cpuTime };
  },
  domain_get_xml_desc: async ({ dom, flags }, session) => {
    refuseOtherFlags(flags, XML_FLAGS, 'domain_get_xml_desc');
    if ((flags & SECURE) !== 0) mayReadSecrets(session);
    const domain = await session.known.domain(dom);
    return { xml: domainXml(domain, flags, showsScreen(domain, flags) ? await screenOf(domain, session) : undefined) };
  },
  // The only one that QEMU has.
  domain_get_os_type: async ({ dom }, { known }) => {
    await known.domain(dom);
    return { type: 'hvm' };
  },
  domain_get_max_memory: async ({ dom }, { known }) => ({ memory: BigInt((await known.domain(dom)).record.maxMemoryKiB) }),
  domain_is_active: async ({ dom }, { known }) => ({ active: (await known.domain(dom)).active ? 1 : 0 }),
  domain_is_persistent: async ({ dom }, { known }) => ({ persistent: (await known.domain(dom)).record.persistent ? 1 : 0 }),
  domain_is_updated: async ({ dom }, { known }) => {
    await known.domain(dom);
    return { updated: 0 };
  },
  domain_get_autostart: async ({ dom }, { known }) => ({ autostart: (await known.domain(dom)).record.autostart ? 1 : 0 }),
  domain_has_managed_save_image: async ({ dom, flags }, { known }) => {
    refuseOtherFlags(flags, 0, 'domain_has_managed_save_image');
    await known.domain(dom);
    return { result: 0 };
  },
  domain_get_security_label: async ({ dom }, { known }) => {
    await known.domain(dom);
    return { label: NO_LABEL, enforcing: 0 };
  },
  domain_get_launch_security_info: async ({ dom, flags }, { known }) => {
    refuseOtherFlags(flags, STRING_OKAY, 'domain_get_launch_security_info');
    await known.domain(dom);
    return { params: [] };
  },
  domain_set_launch_security_state: async ({ dom, flags }, { known }) => {
    refuseOtherFlags(flags, 0, 'domain_set_launch_security_state');
    await known.domain(dom);
    const words = 'Operation not supported: setting a launch secret is only supported in SEV-enabled domains';
    throw new RemoteError(errorCode.operationUnsupported, errorDomain.qemu, words);
  },
  domain_get_messages: async ({ dom, flags }, { known }) => {
    const { runtime } = await known.domain(dom);
    return { msgs: ((flags & TAINTING) === 0 && flags !== 0 ? [] : (runtime?.taints ?? [])).map((taint) => domainTaintWords[taint]) };
  },
};

/** virDomainMessageType; without any, all are asked for. */
const TAINTING = 2;

const NO_LABEL = Buffer.from('\0');
