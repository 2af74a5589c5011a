/** The host's end of a network card, by how it is really plugged. */
import type { JsonObject } from '../argv/json.js';
import { delayOf } from '../chardev/chardev.js';
import type { Context } from '../context.js';
import type { NetInterface } from '../domain-parts.js';
import type { InterfacePlan } from '../host/interface-plan.js';
import { refuse, unsupported } from '../refusal.js';
import { queuesOf } from './interface-virtio.js';

export interface BackendNames {
  readonly alias: string;
  readonly netdev: string;
  readonly at: string;
}

/** A socket that QEMU opens for a network card. */
export interface CardSocket {
  readonly id: string;
  readonly path: string;
  readonly server?: boolean;
  /** Seconds. */
  readonly reconnect?: number;
}

/** QEMU's end of a network card's connection, the same at start and when it is plugged in later. */
export interface CardBackend {
  readonly chardev?: CardSocket;
  /** A descriptor that is opened by QEMU as /dev/fdset/SET. */
  readonly fdSet?: { readonly set: number; readonly fd: number; readonly opaque: string };
  readonly netdev: JsonObject & { readonly type: string; readonly id: string };
}

export function interfaceBackend(context: Context, net: NetInterface, names: BackendNames): CardBackend {
  switch (net.type) {
    case 'server':
    case 'client':
    case 'mcast':
    case 'udp':
      return { netdev: { type: 'socket', ...socketProps(net), id: names.netdev } };
    case 'vhostuser':
      return vhostUser(net, names);
    case 'null':
    case 'vds':
      throw unsupported(names.at, `interfaces of type '${net.type}' cannot be started by QEMU`);
    default:
      return planned(context, net, names);
  }
}

type SocketNet = Extract<NetInterface, { readonly type: 'server' | 'client' | 'mcast' | 'udp' }>;

function socketProps(net: SocketNet): JsonObject {
  const { source } = net;
  const end = source && `${source.address ?? ''}:${source.port}`;
  if (net.type === 'server') return { listen: end };
  if (net.type === 'client') return { connect: end };
  if (net.type === 'mcast') return { mcast: end };
  const local = net.source?.local;
  return { udp: end, localaddr: local && `${local.address}:${local.port}` };
}

type VhostUserNet = Extract<NetInterface, { readonly type: 'vhostuser' }>;

function vhostUser(net: VhostUserNet, { alias, netdev: id, at }: BackendNames): CardBackend {
  const { source } = net;
  if (!source) throw refuse('INTERNAL_ERROR', at, 'a vhost-user interface without a source');
  const socket = `char${alias}`;
  const reconnect = delayOf(source.reconnect);
  return {
    chardev: {
      id: socket,
      path: source.path,
      ...(source.mode === 'server' ? { server: true } : {}),
      ...(reconnect === undefined ? {} : { reconnect }),
    },
    netdev: { type: 'vhost-user', chardev: socket, queues: queuesOf(net), id },
  };
}

function planned(context: Context, net: NetInterface, names: BackendNames): CardBackend {
  const plan = context.host.interfaces.find(({ alias }) => alias === names.alias) ?? impliedPlan(net, names);
  switch (plan.type) {
    case 'tap':
      return { netdev: { type: 'tap', ...tapProps(plan), sndbuf: net.tune?.sndbuf, id: names.netdev } };
    case 'user':
      return { netdev: { type: 'user', ...guestNetwork(net, names.at), id: names.netdev } };
    case 'stream':
      return { netdev: { type: 'stream', addr: { type: 'unix', path: plan.socket }, server: false, id: names.netdev } };
    case 'vdpa':
      return vdpa(context, net, names, plan.fd);
    default:
      throw refuse('INTERNAL_ERROR', names.at, 'an assigned interface has no backend');
  }
}

/** What needs nothing of the host. */
function impliedPlan(net: NetInterface, { alias, at }: BackendNames): InterfacePlan {
  if ((net.type === 'user' && net.backend?.type !== 'passt') || net.type === 'internal') return { alias, type: 'user' };
  throw refuse('INTERNAL_ERROR', at, `interface '${alias}' is not plugged`);
}

type TapPlan = Extract<InterfacePlan, { readonly type: 'tap' }>;

function tapProps({ fds, vhostFds = [] }: TapPlan): JsonObject {
  const several = fds.length > 1;
  return {
    [several ? 'fds' : 'fd']: fds.join(':'),
    vhost: vhostFds.length > 0 ? true : undefined,
    [vhostFds.length > 1 ? 'vhostfds' : 'vhostfd']: vhostFds.length > 0 ? vhostFds.join(':') : undefined,
  };
}

/** Addresses inside QEMU's own network. */
function guestNetwork(net: NetInterface, at: string): JsonObject {
  const [v4, ...moreV4] = net.ip.filter(({ family }) => family !== 'ipv6');
  const [v6, ...moreV6] = net.ip.filter(({ family }) => family === 'ipv6');
  if (moreV4.length + moreV6.length > 0) throw unsupported(`${at}/ip`, 'only one IPv4 and one IPv6 address per interface');
  const prefix = v4?.prefix === undefined ? '' : `/${v4.prefix}`;
  return { net: v4 && `${v4.address}${prefix}`, 'ipv6-prefix': v6?.address, 'ipv6-prefixlen': v6?.prefix };
}

function vdpa({ fdSets }: Context, net: NetInterface, { alias, netdev: id }: BackendNames, fd: number): CardBackend {
  const set = fdSets.get(vdpaSource(alias)) ?? 0;
  return {
    fdSet: { set, fd, opaque: vdpaSource(alias) },
    netdev: { type: 'vhost-vdpa', vhostdev: `/dev/fdset/${set}`, queues: queuesOf(net), id },
  };
}

/** Name of the descriptor set of a vDPA device. */
export const vdpaSource = (alias: string): string => `${alias}-vdpa`;
