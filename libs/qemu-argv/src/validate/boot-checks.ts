import type { Devices } from '../domain-parts.js';
import { firstRepeated, type DomainCheck } from './finding.js';

const disksAndCards = (devices: Devices) => [...devices.disk, ...devices.interface, ...devices.hostdev, ...devices.redirdev];

interface Bootable {
  readonly boot?: { readonly order: number };
}

const ordersOf = (devices: readonly Bootable[]): readonly number[] => devices.flatMap(({ boot }) => (boot ? [boot.order] : []));

const oneWay: DomainCheck = ({ os, devices }) =>
  os.boot.length > 0 && ordersOf(disksAndCards(devices)).length > 0
    ? { says: 'the boot order is given both by kinds of devices and per device', at: '/os/boot' }
    : undefined;

const distinctOrders: DomainCheck = ({ devices }) => {
  const repeated = firstRepeated(ordersOf([...disksAndCards(devices), ...devices.filesystem]));
  return repeated === undefined ? undefined : { says: `two devices are number ${repeated} in the boot order`, at: '/devices' };
};

const SERIAL_PORT_NEEDED = 'output of the BIOS needs a serial port';

const serialForBios: DomainCheck = ({ os, devices }) =>
  os.bios?.useserial && devices.serial.length === 0 ? { says: SERIAL_PORT_NEEDED, code: 'XML_ERROR', at: '/os/bios' } : undefined;

export const bootChecks: readonly DomainCheck[] = [oneWay, distinctOrders, serialForBios];
