import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { CAPABILITIES_FORMAT, type QemuCapabilities } from '@virtbus/qemu-argv';
import { binaryKey, DiskCache, type BinaryKey, type Warn } from '../disk-cache.js';
import { LaunchFailed } from '../qemu.js';
import { probeCapabilities } from './probe.js';

/** Where distributions keep QEMU's loadable modules: a package installed later adds devices to the same binary. */
const MODULE_DIRECTORIES = ['/usr/lib/x86_64-linux-gnu/qemu', '/usr/lib/aarch64-linux-gnu/qemu', '/usr/lib64/qemu', '/usr/lib/qemu'];

/** The capabilities of this host's QEMU binaries, asked of each once and kept on disk. */
export class CachedCapabilities {
  readonly #cache: DiskCache<QemuCapabilities>;
  readonly #probe: (binary: string) => Promise<QemuCapabilities>;

  constructor(directory: string, warn: Warn, probe = probeCapabilities) {
    this.#cache = new DiskCache(directory, isCapabilities, warn);
    this.#probe = probe;
  }

  /** @throws LaunchFailed when the binary is missing or cannot be run */
  async of(binary: string): Promise<QemuCapabilities> {
    const key = keyOf(binary);
    const whole = { ...key, binary, modules: MODULE_DIRECTORIES.map(modifiedAt), format: CAPABILITIES_FORMAT };
    return this.#cache.remember(`capabilities-${nameOf(key, binary)}`, whole, () => this.#probe(binary));
  }
}

function keyOf(binary: string): BinaryKey {
  try {
    return binaryKey(binary);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new LaunchFailed(`cannot check QEMU binary ${binary}: ${words}`, '', { cause });
  }
}

const modifiedAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** One file per way to name a binary, so that two symbolic links to it do not fight over one. */
function nameOf(key: BinaryKey, binary: string): string {
  return createHash('sha256').update(`${binary}\n${key.path}`).digest('hex').slice(0, 16);
}

/** Enough to tell a file of another format, or one that somebody has edited into nonsense. */
function isCapabilities(value: unknown): value is QemuCapabilities {
  const lists = ['machines', 'cpus', 'accelerators', 'devices', 'objects', 'netdevs', 'commands'];
  return (
    isRecord(value) &&
    value['format'] === CAPABILITIES_FORMAT &&
    isRecord(value['version']) &&
    lists.every((name) => Array.isArray(value[name]))
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
