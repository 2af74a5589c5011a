/** Memory that guests share. */
import { chardev, device, object, type Argv } from '../argv/options.js';
import { aliasOf, each, type Builder, type Context } from '../context.js';
import type { Shmem } from '../domain-parts.js';
import { unsupported } from '../refusal.js';
import { addressProps } from './device-address.js';

const BYTES_PER_MIB = 1024 ** 2;
const DEFAULT_SIZE_MIB = 4;

export const sharedMemories: Builder = (context) =>
  each('shmem', context.domain.devices.shmem, (one, at) => sharedMemory(context, one, at));

function sharedMemory(context: Context, one: Shmem, at: string): Argv {
  switch (one.model.type) {
    case 'ivshmem-plain':
      return plain(context, one, at);
    case 'ivshmem-doorbell':
      return doorbell(context, one, at);
    default:
      throw unsupported(`${at}/model`, "this QEMU has ivshmem-plain and ivshmem-doorbell, no longer 'ivshmem'");
  }
}

function plain(context: Context, one: Shmem, at: string): Argv {
  const alias = aliasOf(one, at);
  const memdev = `shmmem-${alias}`;
  const size = (one.size ?? DEFAULT_SIZE_MIB) * BYTES_PER_MIB;
  return [
    ...object({ 'qom-type': 'memory-backend-file', id: memdev, 'mem-path': `/dev/shm/${one.name}`, size, share: true }),
    ...device({ driver: 'ivshmem-plain', id: alias, memdev, master: masterOf(one), ...addressProps(context, one, at) }),
  ];
}

/** A server hands the memory out, and interrupts with it. */
function doorbell(context: Context, one: Shmem, at: string): Argv {
  const alias = aliasOf(one, at);
  const id = `char${alias}`;
  const path = one.server?.path ?? `/var/lib/libvirt/shmem-${one.name}-sock`;
  return [
    ...device({
      driver: 'ivshmem-doorbell',
      id: alias,
      chardev: id,
      vectors: one.msi?.vectors,
      ioeventfd: one.msi?.ioeventfd,
      ...addressProps(context, one, at),
    }),
    ...chardev('socket', { id, path }),
  ];
}

const masterOf = ({ role }: Shmem): 'on' | 'off' | undefined => (role === undefined ? undefined : role === 'master' ? 'on' : 'off');
