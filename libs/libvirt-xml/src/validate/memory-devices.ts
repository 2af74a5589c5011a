/** Rules about memory that is plugged in beside the domain's own. Sizes are in KiB. */
import type { DomainDef } from '../domain/domain.js';
import { bannedFor, repeated, unsupported, type Ban, type Rule } from './rule.js';

type MemoryDevice = DomainDef['devices']['memory'][number];

const slotOf = ({ address }: MemoryDevice): number | undefined => (address?.type === 'dimm' ? address.slot : undefined);
const nodeOf = ({ target }: MemoryDevice): number | undefined => ('node' in target ? target.node : undefined);

const everyModel: readonly Ban<MemoryDevice>[] = [
  { at: 'uuid', when: ({ model, uuid }) => model === 'nvdimm' && uuid !== undefined, words: 'UUID is not supported for NVDIMM device' },
  { when: ({ model }) => model === 'sgx-epc', words: "sgx epc isn't supported by this QEMU binary" },
  {
    when: (_, { maxMemory }) => maxMemory === undefined,
    words: "cannot use/hotplug a memory device when domain 'maxMemory' is not defined",
  },
  {
    at: 'address',
    when: (device, { maxMemory }) => (slotOf(device) ?? -1) >= (maxMemory?.slots ?? 0),
    words: (device, { maxMemory }) => `memory device slot '${slotOf(device)}' exceeds slots count '${maxMemory?.slots}'`,
  },
  {
    at: 'target/node',
    when: (device, { cpu }) => device.model !== 'virtio-pmem' && cpu?.numa !== undefined && nodeOf(device) === undefined,
    words: 'target NUMA node needs to be specified for memory device',
  },
];

const persistent: readonly Ban<MemoryDevice>[] = [
  {
    at: '@access',
    when: ({ model, access }) => model === 'virtio-pmem' && access !== 'shared',
    words: 'shared access mode required for virtio-pmem device',
  },
];

const LABEL_MIN_KIB = 128;

const labelOf = (device: MemoryDevice): number | undefined => (device.model === 'nvdimm' ? device.target.label?.size : undefined);

const nvdimms: readonly Ban<MemoryDevice>[] = [
  {
    at: 'target/label',
    code: 'XML_ERROR',
    when: (device) => (labelOf(device) ?? LABEL_MIN_KIB) < LABEL_MIN_KIB,
    words: `nvdimm label must be at least ${LABEL_MIN_KIB}KiB`,
  },
  {
    at: 'target/label',
    code: 'XML_ERROR',
    when: (device) => (labelOf(device) ?? 0) >= device.target.size,
    words: 'label size must be smaller than NVDIMM size',
  },
];

const BLOCK_MIN_KIB = 2048;

/** What the guest may take of a device that grows. */
const growth = (device: MemoryDevice) => (device.model === 'virtio-mem' ? device.target : undefined);
const isPowerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value));

const growing: readonly Ban<MemoryDevice>[] = [
  {
    at: 'target/block',
    code: 'XML_DETAIL',
    when: (device) => !isPowerOfTwo(growth(device)?.block ?? BLOCK_MIN_KIB),
    words: 'block size must be a power of two',
  },
  {
    at: 'target/block',
    code: 'XML_DETAIL',
    when: (device) => (growth(device)?.block ?? BLOCK_MIN_KIB) < BLOCK_MIN_KIB,
    words: `block size too small, must be at least ${BLOCK_MIN_KIB}KiB`,
  },
  {
    at: 'target/requested',
    code: 'XML_DETAIL',
    when: (device) => (growth(device)?.requested ?? 0) > device.target.size,
    words: ({ target }) => `requested size must be smaller than or equal to @size (${target.size}KiB)`,
  },
  {
    at: 'target/requested',
    code: 'XML_DETAIL',
    when: (device) => (growth(device)?.requested ?? 0) % (growth(device)?.block ?? 1) !== 0,
    words: 'requested size must be an integer multiple of block size',
  },
];

const slots: Rule = ({ devices }) => {
  const again = repeated(devices.memory.map(slotOf));
  if (!again) return undefined;
  const words = `memory device slot '${again.value}' is already being used by another memory device`;
  return unsupported(`devices/memory[${again.index + 1}]/address`, words);
};

export const memoryDeviceRules: readonly Rule[] = [
  ...[everyModel, persistent, nvdimms, growing].map((bans) => bannedFor('memory', bans)),
  slots,
];
