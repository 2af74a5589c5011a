import { LibvirtError, type NetDef } from '@virtbus/libvirt-xml';

interface Rule {
  readonly what: string;
  readonly of: (net: NetDef) => unknown;
  /** Whether leaving it out means that it stays. */
  readonly keeps?: boolean;
  /** libvirt's number, when it is not 84. */
  readonly denied?: boolean;
}

/** Both come from the same reader, which keeps the order of fields. */
const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const driverOf = (net: NetDef): unknown => ('driver' in net ? withoutName(net.driver) : undefined);

const withoutName = (driver: object | undefined): unknown => driver && { ...driver, name: undefined };

/** What of a plugged interface cannot change while its guest runs, in the order in which libvirt looks. */
const rules: readonly Rule[] = [
  { what: 'network device model', of: ({ model }) => model?.type ?? 'rtl8139' },
  { what: 'virtio network device driver attributes', of: driverOf },
  { what: 'network script attribute', of: ({ script }) => script?.path },
  { what: 'network target device name', of: ({ target }) => target?.dev, keeps: true },
  { what: 'network device guest PCI address', of: ({ address }) => address, keeps: true },
  { what: 'network device boot index setting', of: ({ boot }) => boot?.order, keeps: true },
  { what: 'network device rom setting', of: ({ rom }) => rom, keeps: true },
  { what: 'MTU', of: ({ mtu }) => mtu?.size },
  { what: 'network device sndbuf', of: ({ tune }) => tune?.sndbuf },
  { what: 'network virtualport', of: (net) => ('virtualport' in net ? net.virtualport : undefined) },
];

const denied: readonly Rule[] = [
  { what: 'device alias', of: ({ alias }) => alias?.name, keeps: true },
  { what: "device 'acpi index'", of: ({ acpi }) => acpi?.index },
];

const differs =
  (before: NetDef, wanted: NetDef) =>
  ({ of, keeps = false }: Rule): boolean =>
    !(keeps && of(wanted) === undefined) && !isSame(of(before), of(wanted));

/** Kinds whose interfaces libvirt changes not at all. */
const fixed: ReadonlySet<NetDef['type']> = new Set(['hostdev', 'vdpa', 'vhostuser', 'null', 'vds']);
/** Kinds that are a tap on a bridge, and can become each other. */
const onBridges: ReadonlySet<NetDef['type']> = new Set(['network', 'bridge']);

/**
 * Refuses what cannot change while the guest runs. `before` is the interface as defined; what its network granted is not looked at.
 * @throws LibvirtError 84 and 29
 */
export function refuseUpdate(before: NetDef, wanted: NetDef): void {
  const forbidden = denied.find(differs(before, wanted));
  if (forbidden) throw new LibvirtError('OPERATION_DENIED', `changing ${forbidden.what} is not allowed`);
  const changed = rules.find(differs(before, wanted));
  if (changed) throw new LibvirtError('OPERATION_UNSUPPORTED', `cannot modify ${changed.what}`);
  const sameKind = onBridges.has(before.type) ? onBridges.has(wanted.type) : before.type === wanted.type && isSameSource(before, wanted);
  if (fixed.has(before.type) || !sameKind) {
    throw new LibvirtError('OPERATION_UNSUPPORTED', `unable to change config on '${before.type}' network type`);
  }
}

const isSameSource = (before: NetDef, wanted: NetDef): boolean => isSame(sourceOf(before), sourceOf(wanted));

const sourceOf = (net: NetDef): unknown => ('source' in net ? net.source : undefined);
