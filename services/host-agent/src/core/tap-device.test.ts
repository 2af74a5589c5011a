import { expect, test } from 'vitest';
import { needsVnetHdr, tapMac } from './tap-device.js';

test.each(['virtio', 'virtio-transitional', 'virtio-non-transitional', 'e1000e', 'E1000E', 'vmxnet3', 'Virtio'])(
  '%s takes a virtio-net header',
  (model) => expect(needsVnetHdr(model)).toBe(true),
);

test.each(['rtl8139', 'e1000', 'e1000-82544gc', 'ne2k_pci', 'pcnet', 'usb-net', 'virtio-net-pci', '', undefined])(
  '%s takes none',
  (model) => expect(needsVnetHdr(model)).toBe(false),
);

test.each([
  ['52:54:00:aa:bb:cc', 'fe:54:00:aa:bb:cc'],
  ['FE:54:00:AA:BB:CC', 'fa:54:00:aa:bb:cc'],
  ['fa:54:00:aa:bb:cc', 'fe:54:00:aa:bb:cc'],
  ['00:fe:00:00:00:01', 'fe:fe:00:00:00:01'],
])('the tap of guest %s is %s', (guest, tap) => expect(tapMac(guest)).toBe(tap));
