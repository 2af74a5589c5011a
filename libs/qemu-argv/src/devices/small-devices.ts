/** Devices that take an option or two. */
import type { JsonObject } from '../argv/json.js';
import { device, type Argv } from '../argv/options.js';
import { aliasOf, each, placed, type Builder, type Context } from '../context.js';
import { isPcExpress } from '../machine/machine-kind.js';
import { refuse, unsupported } from '../refusal.js';
import { addressProps } from './device-address.js';
import { virtioName, virtioProps } from './virtio.js';

export const hubs: Builder = (context) =>
  each('hub', context.domain.devices.hub, (one, at) =>
    device({ driver: 'usb-hub', id: aliasOf(one, at), ...addressProps(context, one, at) }),
  );

/** Tells the host that the guest has crashed. */
export const panics: Builder = ({ domain }) =>
  placed('panic', domain.devices.panic).flatMap(({ device: one, at }): Argv => {
    switch (one.model) {
      case 'isa':
      case undefined:
        return device({ driver: 'pvpanic', ioport: one.address?.type === 'isa' ? one.address.iobase : undefined });
      case 'hyperv':
        // A feature of the processor: see cpu.ts.
        return [];
      default:
        throw unsupported(`${at}/@model`, `x86 has no panic device of model '${one.model}'`);
    }
  });

/** Sockets between guest and host; the kernel does the work. */
export const vsock: Builder = (context) => {
  const one = context.domain.devices.vsock;
  if (!one) return [];
  const at = '/domain/devices/vsock';
  const alias = aliasOf(one, at);
  const fd = context.host.lookup?.descriptor?.(alias);
  if (fd === undefined) throw unsupported(at, 'the host has no vhost-vsock');
  if (one.cid?.address === undefined) throw refuse('INTERNAL_ERROR', `${at}/cid`, 'the guest has no vsock address');
  const driver = virtioName('vhost-vsock', one);
  return device({
    driver,
    ...virtioProps(one.driver),
    id: alias,
    'guest-cid': one.cid.address,
    vhostfd: String(fd),
    ...addressProps(context, one, at),
  });
};

/** Remaps what devices see of memory; it must be there before they are. */
export const iommu: Builder = (context) => {
  const one = context.domain.devices.iommu;
  if (!one) return [];
  const at = '/domain/devices/iommu';
  switch (one.model) {
    case 'intel':
      if (!isPcExpress(context.domain)) throw unsupported(at, 'the intel IOMMU is for q35 machines');
      return device({ driver: 'intel-iommu', id: aliasOf(one, at), ...intelProps(one.driver) });
    case 'virtio':
      return device({ driver: 'virtio-iommu', id: aliasOf(one, at), ...addressProps(context, one, at) });
    default:
      throw unsupported(at, `x86 has no IOMMU of model '${one.model}'`);
  }
};

type IommuDriver = NonNullable<NonNullable<Context['domain']['devices']['iommu']>['driver']>;

const intelProps = (driver: IommuDriver | undefined): JsonObject => ({
  intremap: onOff(driver?.intremap),
  'caching-mode': driver?.cachingMode,
  eim: onOff(driver?.eim),
  'device-iotlb': driver?.iotlb,
  'aw-bits': driver?.awBits,
});

const onOff = (value: boolean | undefined): 'on' | 'off' | undefined => (value === undefined ? undefined : value ? 'on' : 'off');

/** Where a crashed kernel leaves what a dump needs to know. */
export const vmcoreinfo: Builder = ({ domain }) => (domain.features?.vmcoreinfo?.state ? device({ driver: 'vmcoreinfo' }) : []);
