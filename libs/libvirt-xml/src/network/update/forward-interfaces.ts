import { device } from '../forward.js';
import type { NetworkDef } from '../network.js';
import { added, impossible, invalid, without, type Change } from './change.js';
import { readFragment } from './fragment.js';

type Forward = NonNullable<NetworkDef['forward']>;

export function updateForwardInterfaces(change: Change): NetworkDef {
  const { network, command } = change;
  const { value: given } = readFragment(device, 'interface', change);
  if (command === 'modify') throw impossible('forward interface entries cannot be modified, only added or deleted');
  const { forward } = network;
  const list = forward?.interface ?? [];
  const index = list.findIndex(({ dev }) => dev === given.dev);
  if (command === 'delete') return withDevices(network, without(list, removable(list, index, { network, dev: given.dev })));
  if (index >= 0)
    throw invalid(`there is an existing interface entry in network '${network.name}' that matches "<interface dev='${given.dev}'>"`);
  return withDevices(network, added(list, given, command));
}

function removable(list: Forward['interface'], index: number, { network, dev }: { network: NetworkDef; dev: string }): number {
  const found = list[index];
  if (!found) throw invalid(`couldn't find an interface entry in network '${network.name}' matching <interface dev='${dev}'>`);
  const { connections = 0 } = found;
  if (connections > 0)
    throw invalid(
      `unable to delete interface '${dev}' in network '${network.name}'. It is currently being used by ${connections} domains.`,
    );
  return index;
}

/** `dev` repeats the first device. A network that forwards nothing has nothing to add devices to: libvirt drops them, too. */
function withDevices(network: NetworkDef, list: Forward['interface']): NetworkDef {
  if (!network.forward) return network;
  const { dev: _, ...rest } = network.forward;
  const first = list[0]?.dev;
  return { ...network, forward: { ...rest, ...(first === undefined ? {} : { dev: first }), interface: list } };
}
