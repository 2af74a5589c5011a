/** Memory that is plugged in beside the machine's own. */
import type { JsonObject } from '../argv/json.js';
import { device, object, type Argv } from '../argv/options.js';
import { aliasOf, each, type Builder, type Context } from '../context.js';
import type { Memory } from '../domain-parts.js';
import { memoryBackend } from '../machine/memory-backend.js';
import type { MemoryNeed } from '../machine/memory-need.js';
import { roundUp } from '../machine/memory-size.js';
import { unsupported } from '../refusal.js';
import { addressProps } from './device-address.js';

/** Modules sit on borders of 2 MiB. */
const ALIGNMENT_KIB = 2048;
const BYTES_PER_KIB = 1024;

export const memoryModules: Builder = (context) => each('memory', context.domain.devices.memory, (one, at) => module(context, one, at));

function module(context: Context, one: Memory, at: string): Argv {
  if (one.model === 'sgx-epc') throw unsupported(`${at}/@model`, "memory of model 'sgx-epc' needs a machine with SGX");
  const alias = aliasOf(one, at);
  const id = `mem${alias}`;
  const backend = memoryBackend(context, { ...needOf(one, id, at), fileName: alias });
  return [
    ...backend.context,
    ...object(backend.props),
    ...device({
      driver: drivers[one.model],
      ...moduleProps(one),
      memdev: id,
      prealloc: backend.devicePreallocates ? true : undefined,
      id: alias,
      ...slotProps(one),
      ...addressProps(context, one, at),
    }),
  ];
}

const drivers = { dimm: 'pc-dimm', nvdimm: 'nvdimm', 'virtio-mem': 'virtio-mem-pci', 'virtio-pmem': 'virtio-pmem-pci' } as const;

function needOf(one: Exclude<Memory, { readonly model: 'sgx-epc' }>, id: string, at: string): MemoryNeed {
  const common = { id, at, ...(one.access && { access: one.access }), ...(one.discard !== undefined && { discard: one.discard }) };
  const sizeKiB = roundUp(one.target.size, ALIGNMENT_KIB);
  switch (one.model) {
    case 'dimm':
      return { ...common, sizeKiB, ...cellOf(one.target.node), ...pagesOf(one.source) };
    case 'virtio-mem':
      return { ...common, sizeKiB: one.target.size, ...cellOf(one.target.node), ...pagesOf(one.source), growing: true };
    case 'nvdimm': {
      const { path, pmem, alignsize } = one.source;
      const align = alignsize === undefined ? {} : { alignKiB: alignsize };
      return { ...common, sizeKiB, ...cellOf(one.target.node), path, ...(pmem && { pmem }), ...align };
    }
    default:
      return { ...common, sizeKiB, path: one.source.path, access: 'shared', written: true };
  }
}

const cellOf = (node: number | undefined) => (node === undefined ? {} : { cell: node });

interface Pages {
  readonly pagesize?: number;
  readonly nodemask?: string;
}

const pagesOf = (source: Pages | undefined) => ({
  ...(source?.pagesize !== undefined && { pageSizeKiB: source.pagesize }),
  ...(source?.nodemask !== undefined && { nodemask: source.nodemask }),
});

function moduleProps(one: Memory): JsonObject {
  switch (one.model) {
    case 'dimm':
      return { node: one.target.node };
    case 'nvdimm':
      return {
        node: one.target.node,
        'label-size': one.target.label && one.target.label.size * BYTES_PER_KIB,
        uuid: one.uuid,
        unarmed: one.target.readonly ? true : undefined,
      };
    case 'virtio-mem':
      return {
        node: one.target.node,
        'block-size': one.target.block * BYTES_PER_KIB,
        'requested-size': one.target.requested * BYTES_PER_KIB,
      };
    default:
      return {};
  }
}

/** A base that the definition does not name is QEMU's to choose. */
function slotProps({ address }: Memory): JsonObject {
  return address?.type === 'dimm' ? { slot: address.slot, addr: address.base } : {};
}
