/** Memory that is plugged into a running guest. Sizes are in KiB. */
import { LibvirtError, type Device, type DomainDef } from '@virtbus/libvirt-xml';
import { liveDefinition } from '../operations/live-definition.js';
import { passedOver } from './block-nodes.js';
import type { Guest } from './guest.js';
import { PlainDevice } from './plain-device.js';
import { withDevice } from './plain-record.js';

type Memory = Device<'memory'>;

const unsupported = (words: string): LibvirtError => new LibvirtError('CONFIG_UNSUPPORTED', words);

/** @throws LibvirtError 67 in libvirt's words for what exceeds the guest's slots or its maximum */
function refuseTooMuch({ maxMemory, memory, devices }: DomainDef, { target }: Memory): void {
  // Without a maximum the rules of definitions refuse it.
  if (!maxMemory) return;
  const { slots, value } = maxMemory;
  const count = devices.memory.length + 1;
  if (count > slots) throw unsupported(`memory device count '${count}' exceeds slots count '${slots}'`);
  if ((memory?.value ?? 0) + target.size > value) {
    throw unsupported(`Attaching memory device with size '${target.size}' would exceed domain's maxMemory config size '${value}'`);
  }
}

interface MemoryAnswer {
  readonly data: { readonly id?: string; readonly addr?: number };
}

/** QEMU has chosen where in the guest's memory it lies. The guest has it whether or not QEMU says: the next agent asks again. */
async function recordPlace(guest: Guest, alias: string): Promise<void> {
  const module = liveDefinition(guest.entry).devices.memory.find((one) => one.alias?.name === alias);
  if (module?.address?.type !== 'dimm' || module.address.base !== undefined) return;
  let answers: readonly MemoryAnswer[] = [];
  await passedOver(async () => (answers = (await guest.monitor.call('query-memory-devices')) as readonly MemoryAnswer[]));
  const found = answers.find(({ data }) => data.id === alias)?.data;
  if (found?.addr === undefined) return;
  const placed: Memory = { ...module, address: { ...module.address, base: found.addr } };
  await guest.record((entry) => withDevice(entry, 'memory', placed));
}

export const memoryModule = new PlainDevice('memory', {
  before: async ({ entry }: Guest, given: Memory) => refuseTooMuch(liveDefinition(entry), given),
  after: recordPlace,
  isListed: () => true,
});
