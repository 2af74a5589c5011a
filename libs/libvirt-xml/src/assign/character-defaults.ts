/** Ports, target types and models of character devices, and the twin that is both a serial port and a console. */
import type { ConsoleDef, SerialDef } from '../devices/character-devices.js';
import type { DevicesDef } from '../devices/devices.js';

/** Numbers those without a port after the highest before them, fills in targets, and pairs console and serial port. */
export function fillCharacterDevices(devices: DevicesDef): DevicesDef {
  const numbered = {
    ...devices,
    serial: numberPorts(devices.serial),
    parallel: numberPorts(devices.parallel),
    console: numberPorts(devices.console),
  };
  const paired = pairFirstConsole(numbered);
  const serial = paired.serial.map(fillSerial);
  return { ...paired, serial, console: paired.console.map((one, index) => fillConsole(one, index === 0 ? serial[0] : undefined)) };
}

interface Numbered {
  readonly target: { readonly port?: number };
}

function numberPorts<T extends Numbered>(list: readonly T[]): readonly T[] {
  let highest = -1;
  return list.map((device) => {
    const port = device.target.port ?? highest + 1;
    highest = Math.max(highest, port);
    return { ...device, target: { ...device.target, port } };
  });
}

const isSerialConsole = ({ target }: ConsoleDef): boolean => target.type === undefined || target.type === 'serial';

/** The first console is a view of the first serial port: whichever is missing is made from the other. */
function pairFirstConsole(devices: DevicesDef): DevicesDef {
  const [first, ...others] = devices.console;
  const [port] = devices.serial;
  if (first && isSerialConsole(first)) {
    if (!port) return { ...devices, serial: [serialOf(first)] };
    return { ...devices, console: [consoleOf(port), ...others] };
  }
  const viewable = port && (port.target.type ?? typeByAddress(port)) === 'isa-serial';
  return viewable ? { ...devices, console: [consoleOf(port), ...devices.console] } : devices;
}

function serialOf({ target, ...rest }: ConsoleDef): SerialDef {
  return { ...rest, target: target.port === undefined ? {} : { port: target.port } };
}

function consoleOf({ target, ...rest }: SerialDef): ConsoleDef {
  return { ...rest, target: { type: 'serial', port: target.port ?? 0 } };
}

function fillConsole(device: ConsoleDef, port: SerialDef | undefined): ConsoleDef {
  if (isSerialConsole(device) && port) return consoleOf(port);
  return { ...device, target: { type: 'serial', ...device.target } };
}

const modelNames = new Map<string, NonNullable<SerialDef['target']['model']>['name']>(
  Object.entries({
    'isa-serial': 'isa-serial',
    'usb-serial': 'usb-serial',
    'pci-serial': 'pci-serial',
    'isa-debug': 'isa-debugcon',
  } as const),
);

function fillSerial(device: SerialDef): SerialDef {
  const type = device.target.type ?? typeByAddress(device);
  const name = device.target.model?.name ?? modelNames.get(type);
  return { ...device, target: { ...device.target, type, ...(name === undefined ? {} : { model: { name } }) } };
}

function typeByAddress({ address }: SerialDef): NonNullable<SerialDef['target']['type']> {
  if (address?.type === 'usb') return 'usb-serial';
  return address?.type === 'pci' ? 'pci-serial' : 'isa-serial';
}
