/**
 * Storage of the reference host. Its pools hold a volume of every name: `block+NAME`, `file+NAME` and `dir+NAME` say what kind it is,
 * and a pool of iSCSI has units `unit:0:0:N`.
 */
import type { StoragePlace } from '../storage/place.js';

const seclabel: readonly never[] = [];

export function referenceVolume(_pool: string, volume: string): StoragePlace | undefined {
  const [, kind, name] = /^(block|file|dir)\+(.+)$/.exec(volume) ?? [];
  if (name !== undefined && kind === 'block') return { type: 'block', source: { dev: `/some/block/device/${name}`, seclabel } };
  if (name !== undefined && kind === 'file') return { type: 'file', source: { file: `/some/file/device/${name}`, seclabel } };
  if (name !== undefined && kind === 'dir') return { type: 'dir', source: { dir: `/some/dir/device/${name}`, seclabel } };
  const unit = /^unit:0:0:(\d+)$/.exec(volume)?.[1];
  return unit === undefined ? undefined : iscsiUnit(unit);
}

const iscsiUnit = (unit: string): StoragePlace => ({
  type: 'network',
  source: { protocol: 'iscsi', name: `demo-target/${unit}`, host: [{ name: 'iscsi.example.com', port: 3260 }], seclabel },
});
