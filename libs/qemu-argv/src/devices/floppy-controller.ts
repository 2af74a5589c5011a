/** The floppy controller: part of the i440FX board, a device of its own on Q35. Its drives boot by its properties. */
import { device, type Argv } from '../argv/options.js';
import type { Builder } from '../context.js';
import { isPcExpress } from '../machine/machine-kind.js';

export const floppyController: Builder = (context) => {
  const floppies = context.domain.devices.disk.filter(({ target }) => target.bus === 'fdc');
  if (floppies.length === 0) return [];
  const order = floppies.map((disk): [string, number | undefined] => {
    const letter = disk.address?.type === 'drive' && disk.address.unit === 1 ? 'B' : 'A';
    return [`bootindex${letter}`, context.bootIndex.get(disk.alias?.name ?? '')];
  });
  return isPcExpress(context.domain) ? device({ driver: 'isa-fdc', ...Object.fromEntries(order) }) : order.flatMap(builtIn);
};

const builtIn = ([property, index]: readonly [string, number | undefined]): Argv =>
  index === undefined ? [] : ['-global', `isa-fdc.${property}=${index}`];
