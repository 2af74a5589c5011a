import type { DomainDef } from '@virtbus/libvirt-xml';
import type { NetInterface } from '../domain-parts.js';
import { withAliases } from './aliases.js';
import { withSockets } from './channels.js';
import { withFirmware, type FirmwareOptions } from './firmware.js';
import { withSlots } from './memory-slots.js';
import { withPorts, type ScreenOptions } from './screens.js';

export interface PrepareOptions extends FirmwareOptions, ScreenOptions {
  /** Whether an interface of type `network` turns out to be an assigned device: its network has a pool of them. */
  isHostdev?(net: NetInterface): boolean;
  /** Where sockets of agents go that the definition gives no path. */
  readonly channelDirectory?: string;
  /** The address of a guest on the host's sockets that may have any (`<cid auto='yes'/>`). */
  readonly vsockCid?: number;
}

/**
 * What a definition lacks to be started, beyond the defaults that are assigned when it is defined: names of devices, the firmware that
 * it describes, ports and sockets. What is there stays, so that preparing twice changes nothing.
 * @throws LibvirtError when the host has no firmware that fits
 */
export function prepareDomain(domain: DomainDef, options: PrepareOptions = {}): DomainDef {
  const filled = withFirmware({ ...domain, devices: { ...domain.devices, memory: withSlots(domain.devices) } }, options);
  const named = withAliases(filled, (net) => net.type === 'hostdev' || options.isHostdev?.(net) === true);
  const { devices } = named;
  const vsock = withCid(devices.vsock, options.vsockCid);
  return {
    ...named,
    devices: {
      ...devices,
      graphics: withPorts(devices, options),
      channel: withSockets(devices, options.channelDirectory),
      ...(vsock && { vsock }),
    },
  };
}

type Vsock = DomainDef['devices']['vsock'];

function withCid(vsock: Vsock, address: number | undefined): Vsock {
  if (!vsock || address === undefined || !vsock.cid?.auto) return vsock;
  return { ...vsock, cid: { ...vsock.cid, address } };
}
