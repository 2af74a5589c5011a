import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { binaryKey, DiskCache, type Warn } from '../disk-cache.js';
import { probeKvm, type KvmVerdict } from './probe.js';

const DEVICE = '/dev/kvm';
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/** Whether KVM works here, measured once per boot of the host and QEMU binary. */
export class CachedKvm {
  readonly #cache: DiskCache<KvmVerdict>;
  readonly #probe: (binary: string) => Promise<KvmVerdict>;

  constructor(directory: string, warn: Warn, probe = (binary: string) => probeKvm({ binary })) {
    this.#cache = new DiskCache(directory, isVerdict, warn);
    this.#probe = probe;
  }

  /** Never throws: a host where it cannot be found out is one where KVM is not used. */
  async of(binary: string): Promise<KvmVerdict> {
    try {
      const bootId = (await readFile(BOOT_ID, 'utf8')).trim();
      const key = { ...binaryKey(binary), bootId, open: await mayOpen(DEVICE) };
      return await this.#cache.remember('kvm', key, () => this.#probe(binary));
    } catch (cause) {
      return { usable: false, reason: `it could not be found out: ${cause instanceof Error ? cause.message : String(cause)}` };
    }
  }
}

/** Part of the key: a permission that is given later is noticed. */
function mayOpen(device: string): Promise<boolean> {
  return access(device, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}

function isVerdict(value: unknown): value is KvmVerdict {
  if (typeof value !== 'object' || value === null || !('usable' in value)) return false;
  if (value.usable === true) return 'tookMs' in value && typeof value.tookMs === 'number';
  return value.usable === false && 'reason' in value && typeof value.reason === 'string';
}
