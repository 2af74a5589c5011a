import { assignPlainDefaults, type DomainDef } from '@virtbus/libvirt-xml';
import { host } from './fixture-table.js';

/** Names of the links of one domain: the lowest that are free. */
function* freeNames(taken: ReadonlySet<string | undefined>): Generator<string> {
  for (let number = 0; ; number += 1) if (!taken.has(`testnet${number}`)) yield `testnet${number}`;
}

/** A definition for a hypervisor that has no machines of QEMU's: nothing is plugged into it that is not written. @throws LibvirtError */
export function completeSimulated(given: DomainDef): DomainDef {
  const { os, devices, ...rest } = assignPlainDefaults(given);
  const names = freeNames(new Set(devices.interface.map(({ target }) => target?.dev)));
  const nets = devices.interface.map((net) => ({ ...net, target: { ...net.target, dev: net.target?.dev ?? names.next().value ?? '' } }));
  return { ...rest, os: { ...os, type: { ...os.type, arch: os.type.arch ?? host.arch } }, devices: { ...devices, interface: nets } };
}
