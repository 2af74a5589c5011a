import { defined, type Port } from '@virtbus/contracts';
import type { NetDef } from '@virtbus/libvirt-xml';
import type { HostPciAddress } from '@virtbus/qemu-argv';
import type { InterfaceRecord, Made } from '../core/interface-record.js';
import { macOf, shownType, sourceOf } from '../core/plan-interfaces.js';

/** The domain that an interface belongs to. */
export interface Owner {
  readonly uuid: string;
  readonly name: string;
  readonly type: string;
  /** The domain's own runtime directory, for sockets and the like. */
  readonly directory: string;
}

/** One interface of a domain and how it reaches its network: what connectors and dressings are told. */
export interface Connection {
  readonly owner: Owner;
  /** As defined, or as the live definition has it after a restart of the agent: what was granted is read from the port. */
  readonly net: NetDef;
  readonly alias: string;
  readonly mac: string;
  /** The kind of connection: the connector's key in the table. */
  readonly kind: string;
  readonly port?: Port;
  /** The link's name on the host. Held from `reserve` on. */
  readonly target?: string;
  readonly made?: Made;
}

/**
 * What QEMU is given for an interface. Descriptors are this process's copies: they are closed once QEMU has its own, and when it never
 * gets them.
 */
export type Handover =
  | { readonly type: 'tap'; readonly fds: readonly number[]; readonly vhostFds?: readonly number[] }
  | { readonly type: 'user' }
  | { readonly type: 'stream'; readonly socket: string }
  | { readonly type: 'vdpa'; readonly fd: number }
  | { readonly type: 'hostdev'; readonly address: HostPciAddress }
  /** QEMU makes the connection by itself. */
  | { readonly type: 'none' };

/** How an interface is connected: by what its network has granted, else by what it says itself. */
export function kindOf(net: NetDef, port: Port | undefined): string {
  if (port) return port.actual.type === 'network' ? 'bridge' : port.actual.type;
  return net.type === 'user' && net.backend?.type === 'passt' ? 'passt' : net.type;
}

export function connectionOf(owner: Owner, net: NetDef, port: Port | undefined): Connection {
  return { owner, net, alias: net.alias?.name ?? '', mac: macOf(net), kind: kindOf(net, port), ...defined({ port }) };
}

/** The connection that a record speaks of; `net` is the interface of the live definition with its alias. */
export function connectionAgain(owner: Owner, net: NetDef, record: InterfaceRecord): Connection {
  const { alias, mac, connector: kind, port, target, made } = record;
  return { owner, net, alias, mac, kind, ...defined({ port, target, made }) };
}

export function recordOf({ net, alias, mac, kind, port, target, made }: Connection): InterfaceRecord {
  return {
    alias,
    mac,
    connector: kind,
    type: shownType(net, port),
    ...defined({ model: net.model?.type, target, source: sourceOf(net, port), port, made }),
  };
}

/** Every descriptor of a handover that is this process's to close. */
export function descriptorsOf(handover: Handover): readonly number[] {
  if (handover.type === 'tap') return [...handover.fds, ...(handover.vhostFds ?? [])];
  return handover.type === 'vdpa' ? [handover.fd] : [];
}
