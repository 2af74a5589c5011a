/**
 * The hosts on which libvirt's pairs of domains were recorded: on some nothing was known of QEMU, on the others QEMU was
 * one of today's. A pair says nothing about which; it passes when it holds on either.
 */
import type { AssignOptions } from '../assign/assign-defaults.js';
import type { EmulatorCapabilities } from '../assign/capabilities.js';
import type { DomainDef } from '../domain/domain.js';

/** Read back rather than defined anew, with the directories of the recordings. */
export const recordedOptions: AssignOptions = { define: false, channelDirectory: '/tmp/channel' };

/** Devices of QEMU 7.2 on x86_64 that decide about defaults. */
const devices = [
  'VGA',
  'cirrus-vga',
  'e1000',
  'lsi53c895a',
  'nec-usb-xhci',
  'pci-ohci',
  'pcie-pci-bridge',
  'pcie-root-port',
  'piix3-usb-uhci',
  'qemu-xhci',
  'qxl',
  'rtl8139',
  'virtio-scsi-pci',
];

/** A QEMU that knows whatever machine the domain asks for, by just that name. */
function recentQemu(def: DomainDef): EmulatorCapabilities {
  const cpu = def.devices.emulator?.includes('i386') ? 'qemu32-i386-cpu' : 'qemu64-x86_64-cpu';
  const machines = [{ name: def.os.type.machine ?? 'pc', defaultCpuType: cpu }];
  return { binary: '/usr/bin/qemu-system-x86_64', target: 'x86_64', machines, devices };
}

/** Capabilities by the name of the host. */
export const recordedHosts: Readonly<Record<string, (def: DomainDef) => EmulatorCapabilities | undefined>> = {
  'recent QEMU': recentQemu,
  'unknown QEMU': () => undefined,
};
