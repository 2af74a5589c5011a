import { pciName } from '../formats/pci-name.js';
import type { NetworkDef } from './network.js';

/** Devices of its host that a network lends to interfaces instead of connecting them to a bridge. */
export interface NetworkDevicePool {
  readonly mode: 'bridge' | 'private' | 'vepa' | 'passthrough' | 'hostdev';
  /** A physical function whose virtual functions they are. */
  readonly pf?: string;
  readonly links?: readonly string[];
  /** PCI addresses, `0000:03:07.1`. */
  readonly addresses?: readonly string[];
}

const modes: readonly string[] = ['bridge', 'private', 'vepa', 'passthrough', 'hostdev'] satisfies NetworkDevicePool['mode'][];
const lends = (mode: string | undefined): mode is NetworkDevicePool['mode'] => mode !== undefined && modes.includes(mode);

/** Undefined for a network that has a bridge. One of these modes that names no device is a pool of none. */
export function devicePoolOf({ forward, bridge }: NetworkDef): NetworkDevicePool | undefined {
  const mode = forward?.mode;
  if (!forward || !lends(mode) || (mode === 'bridge' && bridge?.name !== undefined)) return undefined;
  return { mode, ...devicesOf(forward) };
}

function devicesOf(forward: NonNullable<NetworkDef['forward']>): Omit<NetworkDevicePool, 'mode'> {
  if (forward.interface.length > 0) return { links: forward.interface.map(({ dev }) => dev) };
  if (forward.address.length > 0) return { addresses: forward.address.map(pciName) };
  return forward.pf ? { pf: forward.pf.dev } : {};
}
