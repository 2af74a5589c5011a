/** What a PCI device needs of the bus that it is plugged into, and what each bus offers. Bits, so that they combine. */

export const Connect = {
  pciDevice: 1,
  pcieDevice: 1 << 1,
  pciBridge: 1 << 2,
  dmiToPciBridge: 1 << 3,
  pcieToPciBridge: 1 << 4,
  pcieRootPort: 1 << 5,
  pcieSwitchUpstreamPort: 1 << 6,
  pcieSwitchDownstreamPort: 1 << 7,
  pciExpanderBus: 1 << 8,
  pcieExpanderBus: 1 << 9,
  /** The device may come and go while the guest runs. */
  hotplug: 1 << 10,
  /** Several such devices share a slot, a function each. */
  aggregate: 1 << 11,
  /** The device belongs on the root bus. */
  integrated: 1 << 12,
} as const;

const endpoints = Connect.pciDevice | Connect.pcieDevice;
const kinds = (1 << 10) - 1;

export type PciModel =
  | 'pci-root'
  | 'pcie-root'
  | 'pci-bridge'
  | 'dmi-to-pci-bridge'
  | 'pcie-to-pci-bridge'
  | 'pcie-root-port'
  | 'pcie-switch-upstream-port'
  | 'pcie-switch-downstream-port'
  | 'pci-expander-bus'
  | 'pcie-expander-bus';

interface BusShape {
  /** What may be plugged in. */
  readonly offers: number;
  readonly slots: readonly [first: number, last: number];
  /** What the controller itself needs, upstream. */
  readonly needs: number;
}

const LAST_SLOT = 31;
const conventional = Connect.pciDevice | Connect.pciBridge;
const port = Connect.pcieDevice | Connect.pcieSwitchUpstreamPort | Connect.pcieToPciBridge | Connect.hotplug;

/** Slot 0 of a root bus and of a bridge with a hotplug controller is taken. */
export const busShapes: Readonly<Record<PciModel, BusShape>> = {
  'pci-root': { offers: conventional | Connect.pciExpanderBus | Connect.hotplug, slots: [1, LAST_SLOT], needs: 0 },
  'pci-bridge': { offers: conventional | Connect.hotplug, slots: [1, LAST_SLOT], needs: Connect.pciBridge },
  'pci-expander-bus': { offers: conventional | Connect.hotplug, slots: [0, LAST_SLOT], needs: Connect.pciExpanderBus },
  'pcie-root': {
    offers: Connect.pcieDevice | Connect.pcieRootPort | Connect.dmiToPciBridge | Connect.pcieExpanderBus | Connect.integrated,
    slots: [1, LAST_SLOT],
    needs: 0,
  },
  'dmi-to-pci-bridge': { offers: conventional, slots: [0, LAST_SLOT], needs: Connect.dmiToPciBridge },
  'pcie-to-pci-bridge': { offers: conventional | Connect.hotplug, slots: [1, LAST_SLOT], needs: Connect.pcieToPciBridge },
  'pcie-root-port': { offers: port, slots: [0, 0], needs: Connect.pcieRootPort | Connect.aggregate },
  'pcie-switch-upstream-port': { offers: Connect.pcieSwitchDownstreamPort, slots: [0, LAST_SLOT], needs: Connect.pcieSwitchUpstreamPort },
  'pcie-switch-downstream-port': { offers: port, slots: [0, 0], needs: Connect.pcieSwitchDownstreamPort },
  'pcie-expander-bus': { offers: Connect.pcieRootPort | Connect.dmiToPciBridge, slots: [0, LAST_SLOT], needs: Connect.pcieExpanderBus },
};

/**
 * Whether a bus takes a device. A place that the user chose is believed more: PCI and PCI Express may mix, hotplug is not asked for,
 * and a bridge may go wherever a device may.
 */
export function takes(offers: number, needs: number, chosen: boolean): boolean {
  const offered = chosen && (offers & endpoints) !== 0 ? offers | endpoints | Connect.hotplug : chosen ? offers | Connect.hotplug : offers;
  const needed = chosen && (needs & Connect.pciBridge) !== 0 ? needs | Connect.pciDevice : needs;
  if ((offered & needed & kinds) === 0) return false;
  return (needed & Connect.hotplug) === 0 || (offered & Connect.hotplug) !== 0;
}
