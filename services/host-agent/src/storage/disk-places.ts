import type { DomainDef } from '@virtbus/libvirt-xml';
import type { HostLookups, StoragePlace } from '@virtbus/qemu-argv';
import type { DiskStorage } from '../domain-world.js';

const keyOf = (pool: string, volume: string): string => JSON.stringify([pool, volume]);

type OfDisks = { readonly devices: Pick<DomainDef['devices'], 'disk'> };

/**
 * Where the volumes are that disks name, for a command line.
 * @throws Refusal no_pool, no_volume, config_unsupported, operation_failed
 */
export async function diskPlaces({ devices }: OfDisks, storage: DiskStorage): Promise<Required<Pick<HostLookups, 'volume'>>> {
  const places = new Map<string, StoragePlace>();
  for (const disk of devices.disk) {
    if (disk.type === 'file' && disk.source?.file !== undefined) await storage.mayBeDisk(disk.source.file);
    if (disk.type !== 'volume' || !disk.source) continue;
    const { pool, volume } = disk.source;
    places.set(keyOf(pool, volume), placeOf(await storage.volumeOfDisk(pool, volume)));
  }
  return { volume: (pool, volume) => places.get(keyOf(pool, volume)) };
}

const placeOf = ({ type, path }: Awaited<ReturnType<DiskStorage['volumeOfDisk']>>): StoragePlace =>
  type === 'dir' ? { type, source: { dir: path, seclabel: [] } } : { type, source: { file: path, seclabel: [] } };
