import type { Controller } from '../domain-parts.js';
import { contradiction, type DeviceCheck } from './finding.js';
import { hasThread } from './disk-checks.js';

type Check = DeviceCheck<Controller>;

const isVirtioScsi = (one: Controller): boolean =>
  one.type === 'scsi' && (one.model === 'virtio-scsi' || one.model === 'virtio-transitional' || one.model === 'virtio-non-transitional');

const tuning = ['queues', 'cmdPerLun', 'maxSectors', 'ioeventfd', 'iothread'] as const;

const scsiTuning: Check = (one) => {
  if (isVirtioScsi(one)) return undefined;
  const found = tuning.find((name) => one.driver?.[name] !== undefined);
  return found === undefined ? undefined : { says: `${found} is a setting of virtio-scsi controllers`, at: '/driver' };
};

const thread: Check = ({ driver }, domain) =>
  driver?.iothread === undefined || hasThread(domain, driver.iothread)
    ? undefined
    : { says: `there is no iothread ${driver.iothread}`, at: '/driver/@iothread' };

const USB_PORTS = 15;

const usbPorts: Check = (one) => {
  if (one.type !== 'usb' || one.ports === undefined) return undefined;
  if (one.model !== 'nec-xhci' && one.model !== 'qemu-xhci') return { says: 'only xHCI controllers have a number of ports', at: '/@ports' };
  return one.ports > USB_PORTS ? { says: `a controller of model ${one.model} has ${USB_PORTS} ports at most`, at: '/@ports' } : undefined;
};

const usbModel: Check = (one) =>
  one.type === 'usb' && (one.model === 'qusb1' || one.model === 'qusb2')
    ? { says: `model '${one.model}' is one of Xen's`, at: '/@model' }
    : undefined;

const roots: Check = (one) => {
  if (one.type !== 'pci' || (one.model !== 'pci-root' && one.model !== 'pcie-root')) return undefined;
  if (one.index !== undefined && one.index !== 0) return contradiction('the root of PCI has index 0', '/@index');
  return one.address ? { says: 'the root of PCI sits on no other bus', at: '/address' } : undefined;
};

const foreign: Check = ({ type }) => (type === 'xenbus' ? "controllers of type 'xenbus' are Xen's" : undefined);

export const controllerChecks: readonly Check[] = [scsiTuning, thread, usbPorts, usbModel, roots, foreign];
