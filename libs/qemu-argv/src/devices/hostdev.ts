/** Devices of the host given to the guest, assigned network cards among them. */
import { pciName } from '@virtbus/libvirt-xml';
import type { JsonObject } from '../argv/json.js';
import { blockdev, device, type Argv } from '../argv/options.js';
import { aliasOf, placed, type Builder, type Context } from '../context.js';
import type { Hostdev, NetInterface } from '../domain-parts.js';
import type { HostPciAddress } from '../host/interface-plan.js';
import { refuse, unsupported } from '../refusal.js';
import { iscsiNode } from '../storage/network-protocol.js';
import { numberAfterDisks } from '../storage/node-numbers.js';
import { neededSecret } from '../storage/secret-object.js';
import { addressProps } from './device-address.js';
import { scsiPlace } from './disk-device.js';
import { isAssigned } from './interface.js';
import { virtioName } from './virtio.js';

export const hostdevs: Builder = (context) => {
  const { devices } = context.domain;
  const cards = placed('interface', devices.interface).flatMap(({ device: net, at }) =>
    isAssigned(context, net, at) ? device(assignedCard(context, net, at)) : [],
  );
  let node = numberAfterDisks(devices.disk);
  const others = placed('hostdev', devices.hostdev).flatMap(({ device: one, at }) =>
    hostdev(context, one, { node: one.type === 'scsi' ? node++ : 0, at }),
  );
  return [...cards, ...others];
};

interface Place {
  /** Number of the block node, for SCSI. */
  readonly node: number;
  readonly at: string;
}

function hostdev(context: Context, one: Hostdev, place: Place): Argv {
  const { at } = place;
  switch (one.type) {
    case 'pci':
      return pci(context, one, at);
    case 'usb':
      return usb(context, one, at);
    case 'scsi':
      return scsi(context, one, place);
    case 'scsi_host':
      return vhostScsi(context, one, at);
    default:
      return mediated(context, one, at);
  }
}

type Of<T extends Hostdev['type']> = Extract<Hostdev, { readonly type: T }>;

type CardProps = JsonObject & { readonly driver: string; readonly id: string };

const common = (context: Context, one: Hostdev | NetInterface, at: string) => {
  const id = aliasOf(one, at);
  return { id, bootindex: context.bootIndex.get(id) };
};

/** The card's own MAC was set through the host: QEMU is told nothing of it. */
export function assignedCard(context: Context, net: NetInterface, at: string): CardProps {
  const alias = aliasOf(net, at);
  const plan = context.host.interfaces.find((one) => one.alias === alias);
  const address = plan?.type === 'hostdev' ? plan.address : addressOf(net, at);
  const pair = net.teaming?.type === 'transient' ? net.teaming.persistent : undefined;
  return vfio(context, net, { address, pair, at });
}

function addressOf(net: NetInterface, at: string): HostPciAddress {
  const address = net.type === 'hostdev' ? net.source?.address : undefined;
  if (address?.type !== 'pci') {
    throw unsupported(`${at}/source`, 'an interface of type hostdev is a PCI virtual function');
  }
  return address;
}

interface Assignment {
  readonly address: HostPciAddress;
  /** Alias of the card that stands in when this one is unplugged. */
  readonly pair?: string | undefined;
  readonly at: string;
}

const vfio = (context: Context, one: Hostdev | NetInterface, { address, pair, at }: Assignment): CardProps => ({
  driver: 'vfio-pci',
  host: pciName(address),
  ...common(context, one, at),
  failover_pair_id: pair,
  ...addressProps(context, one, at),
});

function pci(context: Context, one: Of<'pci'>, at: string): Argv {
  const backend = one.driver?.name ?? 'vfio';
  if (backend === 'kvm') throw unsupported(`${at}/driver`, 'PCI devices are assigned by VFIO: KVM no longer does it');
  if (backend !== 'vfio') throw unsupported(`${at}/driver`, `QEMU assigns no PCI device by '${backend}'`);
  if (!one.source) throw refuse('INTERNAL_ERROR', at, 'a PCI device without a source');
  if (one.address?.type === 'unassigned') return [];
  return device(vfio(context, one, { address: one.source.address, pair: one.teaming?.persistent, at }));
}

function usb(context: Context, one: Of<'usb'>, at: string): Argv {
  const { source } = one;
  const found = source && usbPlace(context, source);
  if (!found && source?.startupPolicy === 'optional') return [];
  if (!found) throw refuse('INTERNAL_ERROR', `${at}/source`, 'the USB device is not on this host');
  const hostdevice = `/dev/bus/usb/${threeDigits(found.bus)}/${threeDigits(found.device)}`;
  return device({ driver: 'usb-host', hostdevice, ...guestReset(source), ...common(context, one, at), ...addressProps(context, one, at) });
}

function usbPlace(
  { host }: Context,
  { address, vendor, product }: NonNullable<UsbSource>,
): { readonly bus: number; readonly device: number } | undefined {
  return address ?? (vendor && product && host.lookup?.usb?.({ vendor: vendor.id, product: product.id }));
}

const threeDigits = (value: number): string => String(value).padStart(3, '0');

type UsbSource = Of<'usb'>['source'];

/** Whether a reset by the guest reaches the device. */
function guestReset(source: UsbSource): JsonObject {
  switch (source?.guestReset) {
    case 'off':
      return { 'guest-reset': false };
    case 'on':
      return { 'guest-reset': true, 'guest-resets-all': true };
    case 'uninitialized':
      return { 'guest-reset': true, 'guest-resets-all': false };
    default:
      return {};
  }
}

function scsi(context: Context, one: Of<'scsi'>, { node, at }: Place): Argv {
  const name = `libvirt-${node}-backend`;
  if (one.address?.type !== 'drive') throw refuse('INTERNAL_ERROR', at, 'a SCSI device without a drive address');
  return [
    ...scsiBackend(context, one, name, at),
    ...device({
      driver: 'scsi-generic',
      drive: name,
      ...common(context, one, at),
      ...scsiPlace(context, one.address, at),
    }),
  ];
}

function scsiBackend(context: Context, one: Of<'scsi'>, node: string, at: string): Argv {
  const { source } = one;
  const tail = { 'node-name': node, 'read-only': one.readonly === true };
  if (source?.protocol === 'iscsi') {
    const id = `${node}-secret0`;
    const { auth, host, initiator, name } = source;
    const secret = auth ? neededSecret(context, { id, purpose: 'auth', uuid: auth.secret.uuid, usage: auth.secret.usage }, at) : [];
    const props = iscsiNode(
      { source: { protocol: 'iscsi', name, host, seclabel: [], ...(auth && { auth }), ...(initiator && { initiator }) }, at },
      id,
    );
    return [...secret, ...blockdev({ ...props, ...tail })];
  }
  const found = source && context.host.lookup?.scsiGeneric?.({ adapter: source.adapter.name, ...source.address });
  if (found === undefined) throw refuse('INTERNAL_ERROR', `${at}/source`, 'the SCSI unit is not on this host');
  return blockdev({ driver: 'host_device', filename: found, ...tail });
}

function vhostScsi(context: Context, one: Of<'scsi_host'>, at: string): Argv {
  if (one.boot) throw unsupported(`${at}/boot`, 'no guest boots from a vhost-scsi device');
  const fd = context.host.lookup?.descriptor?.(aliasOf(one, at));
  if (fd === undefined) throw unsupported(at, 'the host has no vhost-scsi');
  const driver = virtioName('vhost-scsi', one);
  return device({ driver, wwpn: one.source?.wwpn, vhostfd: String(fd), id: aliasOf(one, at), ...addressProps(context, one, at) });
}

function mediated(context: Context, one: Of<'mdev'>, at: string): Argv {
  if (one.model !== 'vfio-pci') throw unsupported(`${at}/@model`, `x86 has no mediated device of model '${one.model}'`);
  checkRamfb(context, one, at);
  return device({
    driver: one.ramfb ? 'vfio-pci-nohotplug' : 'vfio-pci',
    ...common(context, one, at),
    sysfsdev: one.source && `/sys/bus/mdev/devices/${one.source.address.uuid}`,
    display: one.display === undefined ? undefined : one.display ? 'on' : 'off',
    ramfb: one.ramfb,
    ...addressProps(context, { ...one, rom: undefined }, at),
  });
}

function checkRamfb({ domain }: Context, one: Of<'mdev'>, at: string): void {
  if (!one.ramfb) return;
  const others = domain.devices.hostdev.filter((other) => other.type === 'mdev' && other.ramfb);
  if (others.length > 1) throw unsupported(`${at}/@ramfb`, 'there is already a device with ramfb');
}
