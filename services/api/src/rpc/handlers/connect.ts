import { errorCode, errorDomain, RemoteError } from '@virtbus/libvirt-rpc';
import type { RemoteHandlers } from '../remote-handlers.js';
import { readingXml } from '../../core/xml-refusal.js';
import { capabilitiesXml, domainCapabilitiesXml } from '../capabilities.js';
import { cpuMap } from '../core/cpu-map.js';
import { cpuModels } from '../core/cpu-models-table.js';
import { commonVersion, fleetNode } from '../core/fleet-node.js';

import { NotSimulated } from '../private-fleet/not-simulated.js';
import { PrivateFleet } from '../private-fleet/private-fleet.js';
import { invalidArgument, refuseOtherFlags } from '../refusals.js';
import type { Session } from '../session.js';

const READ_ONLY = 1;
/** The release whose behaviour this is. */
const LIBVIRT_VERSION = 9_000_000n;
/** What a reply's map of 2048 bytes holds. */
const MOST_IN_MAP = 16_384;
/** QEMU's bound for the machine types that definitions get by default. */
const MAX_VCPUS = 288;

/** Features that a client asks for before it uses them; every other number is answered 0. */
const FEATURE_DESCRIPTORS = 8;
const FEATURE_KEEPALIVE = 10;
const features: ReadonlySet<number> = new Set([9, FEATURE_KEEPALIVE, 14, 15, 16]);

const node = ({ known }: Session) => {
  const { hosts, claims } = known.memory.views;
  return fleetNode(
    hosts.entries().map((entry) => entry.value),
    claims.entries().map((entry) => entry.value),
  );
};

const hostsOf = ({ known }: Session) => known.memory.views.hosts.entries().map((entry) => entry.value);

const fleetOf = (session: Session) => ({
  hosts: hostsOf(session),
  emulators: session.known.memory.views.emulators.entries().map((entry) => entry.value),
});

/** Free bytes of each cell: a fleet is one. */
const cellsOf = (session: Session): readonly bigint[] =>
  session.gateway.simulated?.cellsKiB.map((memoryKiB) => BigInt(memoryKiB) * 1024n) ?? [node(session).freeMemoryBytes];

/** libvirt's address of a fleet that is nobody else's. */
const PRIVATE_URI = 'test:///default';
const asksForPrivateFleet = (name: string | undefined): boolean => name === PRIVATE_URI;

export const connect: RemoteHandlers = {
  connect_open: async ({ name, flags }, session) => {
    refuseOtherFlags(flags, READ_ONLY, 'connect_open');
    if (asksForPrivateFleet(name)) session.moveTo((await PrivateFleet.open()).gateway(session.gateway));
    session.opened = true;
    session.readOnly = (flags & READ_ONLY) !== 0;
    return {};
  },
  connect_close: (_, session, call) => {
    call.afterReply(() => session.client.close());
    return {};
  },
  connect_supports_feature: ({ feature }, session) => {
    // Whoever asks whether it may ping answers pings, too.
    if (feature === FEATURE_KEEPALIVE) session.client.ping();
    if (feature === FEATURE_DESCRIPTORS) return { supported: session.client.takesDescriptors ? 1 : 0 };
    return { supported: features.has(feature) ? 1 : 0 };
  },
  connect_get_type: (_, { gateway }) => ({ type: gateway.simulated ? 'TEST' : 'QEMU' }),
  connect_get_version: (_, session) => ({ hv_ver: commonVersion(hostsOf(session)) }),
  connect_get_lib_version: () => ({ lib_ver: LIBVIRT_VERSION }),
  connect_get_hostname: (_, { gateway }) => ({ hostname: gateway.hostname }),
  connect_get_uri: (_, { gateway }) => ({ uri: gateway.simulated ? PRIVATE_URI : 'qemu:///system' }),
  connect_get_max_vcpus: (_, { gateway }) => ({ max_vcpus: gateway.simulated?.maxVcpus ?? MAX_VCPUS }),
  connect_is_secure: (_, { client }) => ({ secure: client.identity.by === 'socket' ? 1 : 0 }),
  connect_get_capabilities: (_, session) => ({
    capabilities: session.gateway.simulated?.capabilitiesXml ?? capabilitiesXml(fleetOf(session), session.gateway.uuid),
  }),
  connect_get_domain_capabilities: ({ flags, ...asked }, session) => {
    refuseOtherFlags(flags, 0, 'connect_get_domain_capabilities');
    if (session.gateway.simulated) throw new NotSimulated('a domain capability');
    return { capabilities: readingXml(() => domainCapabilitiesXml(fleetOf(session), asked)) };
  },
  connect_get_cpu_model_names: ({ arch, need_results, flags }) => {
    refuseOtherFlags(flags, 0, 'connect_get_cpu_model_names');
    const models = cpuModels[arch];
    if (!models) throw invalidArgument(`cannot find architecture ${arch}`);
    return { models: need_results === 0 ? [] : models, ret: models.length };
  },
  connect_get_sysinfo: () => {
    throw new RemoteError(errorCode.configUnsupported, errorDomain.qemu, NO_SYSINFO);
  },
  connect_register_close_callback: () => ({}),
  connect_unregister_close_callback: () => ({}),
  node_get_info: (_, session) => {
    const { model, memoryKiB, cpus, mhz } = node(session);
    if (session.gateway.simulated) return { model, memory: memoryKiB, cpus, ...session.gateway.simulated.topology };
    return { model, memory: memoryKiB, cpus, mhz, nodes: 1, sockets: 1, cores: cpus, threads: 1 };
  },
  node_get_free_memory: (_, session) => ({ freeMem: node(session).freeMemoryBytes }),
  node_get_cells_free_memory: ({ startCell, maxcells }, session) => {
    const cells = cellsOf(session);
    if (startCell < 0 || startCell >= cells.length) throw invalidArgument(`start cell ${startCell} out of range (0-${cells.length - 1})`);
    return { cells: cells.slice(startCell, startCell + maxcells) };
  },
  node_get_cpu_map: ({ need_map, need_online, flags }, session) => {
    refuseOtherFlags(flags, 0, 'node_get_cpu_map');
    const { cpus } = node(session);
    const all = Array.from({ length: Math.min(cpus, MOST_IN_MAP) }, (_, number) => number);
    return { cpumap: cpuMap(all, need_map === 0 ? 0 : Math.ceil(all.length / 8)), online: need_online === 0 ? 0 : cpus, ret: cpus };
  },
  node_get_sev_info: () => {
    throw new RemoteError(errorCode.operationUnsupported, errorDomain.qemu, 'Operation not supported: QEMU does not support SEV guest');
  },
  node_get_security_model: () => ({ model: SECURITY_NONE, doi: SECURITY_DOI }),
};

/** A fleet has no machine of its own, nor that one's tables. */
const NO_SYSINFO = 'unsupported configuration: Host SMBIOS information is not available';

/** libvirt's words for a hypervisor without a security driver; both end in NUL. */
const SECURITY_NONE = Buffer.from('none\0');
const SECURITY_DOI = Buffer.from('0\0');
