/**
 * What of an interface does not go with how it is really connected: libvirt's second look, after the network has answered. With a network
 * in between nothing of this can be known when a domain is defined.
 */
import type { Port } from '@virtbus/contracts';
import type { NetDef } from '@virtbus/libvirt-xml';
import { unsupported } from './plan-interfaces.js';

/** An interface and how it is connected: by what its network has granted, else by what it says itself. */
export interface Connected {
  readonly net: NetDef;
  readonly kind: string;
  readonly port?: Port | undefined;
}

interface Rule {
  readonly broken: (connected: Connected) => boolean;
  readonly words: (connected: Connected) => string;
}

const virtualPortOf = ({ net, port }: Connected): string | undefined =>
  port ? port.actual.virtualPort?.type : 'virtualport' in net ? net.virtualport?.type : undefined;
const modeOf = ({ net, port }: Connected): string | undefined => port?.actual.mode ?? (net.type === 'direct' ? net.source.mode : undefined);
const isOne = (kind: string, ...of: readonly string[]): boolean => of.includes(kind);

const takesTags = (connected: Connected): boolean =>
  connected.kind === 'hostdev' ||
  (connected.kind === 'direct' && modeOf(connected) === 'passthrough') ||
  (connected.kind === 'bridge' && virtualPortOf(connected) === 'openvswitch');

export const interfaceRules: readonly Rule[] = [
  {
    broken: (one) => (one.port?.actual.vlan ?? one.net.vlan) !== undefined && !takesTags(one),
    words: () => 'vlan tag not supported for this connection type',
  },
  {
    broken: ({ net, kind, port }) => (port?.actual.bandwidth ?? net.bandwidth) !== undefined && kind === 'hostdev',
    words: () => 'bandwidth settings are not supported for hostdev interfaces',
  },
  {
    broken: ({ net, kind, port }) => (port?.actual.isolated ?? net.port?.isolated) === true && kind !== 'bridge',
    words: ({ kind }) => `<port isolated='yes'/> is not supported for network interfaces of type '${kind}'`,
  },
  {
    broken: (one) => (one.port?.actual.isolated ?? one.net.port?.isolated) === true && virtualPortOf(one) !== undefined,
    words: () => "<port isolated='yes'/> is not supported for network interfaces with a virtualport",
  },
  {
    broken: ({ net, kind }) =>
      'driver' in net && (net.driver?.queues ?? 0) > 0 && !isOne(kind, 'bridge', 'direct', 'ethernet', 'vhostuser', 'vdpa'),
    words: ({ kind }) => `multiqueue network is not supported for interfaces of type '${kind}'`,
  },
  {
    broken: ({ net, kind }) => 'filterref' in net && net.filterref !== undefined && !isOne(kind, 'bridge', 'ethernet'),
    words: ({ kind }) => `filterref is not supported for network interfaces of type '${kind}'`,
  },
  {
    broken: (one) => 'filterref' in one.net && one.net.filterref !== undefined && virtualPortOf(one) !== undefined,
    words: (one) => `filterref is not supported for network interfaces with virtualport type '${virtualPortOf(one)}'`,
  },
  {
    broken: ({ net, kind }) => net.backend?.tap !== undefined && !isOne(kind, 'bridge', 'ethernet'),
    words: ({ kind }) => `custom tap device path is not supported for network interfaces of type '${kind}'`,
  },
  {
    broken: ({ net, kind }) => net.teaming?.type === 'transient' && kind !== 'hostdev',
    words: () => "teaming hostdev devices must have <teaming type='transient'> on an interface that is one",
  },
  {
    broken: ({ net, kind }) => (net.script ?? net.downscript) !== undefined && kind !== 'ethernet',
    words: ({ kind }) => `scripts are not supported on interfaces of type '${kind}'`,
  },
  {
    broken: ({ net }) => net.route.length > 0,
    words: () => 'a <route> of the guest cannot be set by QEMU',
  },
  {
    broken: ({ net, kind }) => net.ip.length > 0 && !isOne(kind, 'user', 'passt', 'internal'),
    words: ({ kind }) => `an <ip> of the guest cannot be set on interfaces of type '${kind}'`,
  },
];

/** @throws Refusal config_unsupported, with the interface's path, for the first rule that is broken */
export function refuseContradictions(connected: Connected): void {
  const rule = interfaceRules.find(({ broken }) => broken(connected));
  if (rule) throw unsupported(connected.net, `interface ${connected.net.mac?.address ?? ''} - ${rule.words(connected)}`);
}
