import { randomUUID } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

/** What a binary's answers depend on: another file, or the same one rebuilt, is asked anew. */
export interface BinaryKey {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/**
 * Asked at each start, in microseconds: in the thread pool it would wait with whatever waits for a disk.
 * @throws the system's error when there is no such binary
 */
export function binaryKey(binary: string): BinaryKey {
  const path = realpathSync(binary);
  const { size, mtimeMs } = statSync(path);
  return { path, size, mtimeMs };
}

export type Warn = (message: string, cause: unknown) => void;

/**
 * Answers that cost a QEMU each, kept as one JSON file each. Whatever is wrong with the files (cut, of another format, unwritable)
 * costs the answer's price again and no more.
 */
export class DiskCache<Value> {
  readonly #directory: string;
  readonly #isValue: (value: unknown) => value is Value;
  readonly #warn: Warn;
  /** By name: the answer that was read, made or is under way last, and what it was asked for. */
  readonly #known = new Map<string, { readonly id: string; readonly value: Promise<Value> }>();

  constructor(directory: string, isValue: (value: unknown) => value is Value, warn: Warn) {
    this.#directory = directory;
    this.#isValue = isValue;
    this.#warn = warn;
  }

  /** The value kept under `name`, if it was made for an equal `key`; otherwise what `make` answers. Calls at the same time share one. */
  async remember(name: string, key: object, make: () => Promise<Value>): Promise<Value> {
    const id = JSON.stringify(key);
    const known = this.#known.get(name);
    if (known?.id === id) return known.value;
    const value = this.#remember(name, key, make);
    this.#known.set(name, { id, value });
    // A failure is nothing to keep.
    value.catch(() => this.#known.get(name)?.value === value && this.#known.delete(name));
    return value;
  }

  async #remember(name: string, key: object, make: () => Promise<Value>): Promise<Value> {
    const file = join(this.#directory, `${name}.json`);
    const kept = await this.#read(file, key);
    if (kept !== undefined) return kept;
    const value = await make();
    await this.#write(file, { key, value }).catch((cause: unknown) => this.#warn(`${file} cannot be written`, cause));
    return value;
  }

  async #read(file: string, key: object): Promise<Value | undefined> {
    try {
      const entry: unknown = JSON.parse(await readFile(file, 'utf8'));
      if (!isEntry(entry) || !isDeepStrictEqual(entry.key, key)) return undefined;
      return this.#isValue(entry.value) ? entry.value : undefined;
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) this.#warn(`${file} is not used`, cause);
      return undefined;
    }
  }

  /** Whole or not at all: a reader finds the old file or the new one. */
  async #write(file: string, entry: { readonly key: object; readonly value: Value }): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const draft = `${file}.${randomUUID()}`;
    try {
      await writeFile(draft, JSON.stringify(entry), { mode: 0o600 });
      await rename(draft, file);
    } catch (cause) {
      await rm(draft, { force: true });
      throw cause;
    }
  }
}

function isEntry(value: unknown): value is { readonly key: unknown; readonly value: unknown } {
  return typeof value === 'object' && value !== null && 'key' in value && 'value' in value;
}
