import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fsyncDirectory } from '@virtbus/libc';
import {
  allocateTapName,
  reserveTapName,
  tapPrefixes,
  type TapCounters,
  type TapNameAnswer,
  type TapNameRequest,
} from '../core/tap-names.js';
import { stepAsync } from './link-error.js';
import type { Log } from './links.js';

/** How many numbers one write to disk allows to be given without another. As many may be skipped after a crash. */
const stride = 64;

/**
 * The counters of tap names on local disk. The file is always ahead of what was given, so a name is not given again after a crash, and
 * most allocations write nothing.
 */
export class TapNameStore {
  /** Names that are promised, or whose last owner is not cleaned up: taken, whether or not a link has them. */
  private readonly held = new Set<string>();
  private written: TapCounters;
  private writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly directory: string,
    private counters: TapCounters,
  ) {
    this.written = counters;
  }

  /** A file that cannot be read starts the counters over: names in use are still passed over. @throws LinkError */
  static async open(directory: string, log: Log): Promise<TapNameStore> {
    await stepAsync(`make the directory ${directory}`, () => mkdir(directory, { recursive: true, mode: 0o700 }));
    return new TapNameStore(directory, await readCounters(fileIn(directory), log));
  }

  /** Gives a name that no link has and that was never given before. @throws LinkError when the disk does not take the counter */
  async allocate(request: TapNameRequest, exists: (name: string) => boolean): Promise<TapNameAnswer> {
    const answer = allocateTapName(this.counters, request, (name) => this.held.has(name) || exists(name));
    await this.advance(answer.counters);
    return answer;
  }

  /** The same, and the name stays taken until it is given up. */
  async hold(request: TapNameRequest, exists: (name: string) => boolean): Promise<TapNameAnswer> {
    const answer = allocateTapName(this.counters, request, (name) => this.held.has(name) || exists(name));
    if (answer.type === 'named') this.held.add(answer.name);
    await this.advance(answer.counters);
    return answer;
  }

  giveUp(name: string): void {
    this.held.delete(name);
  }

  /** Counts names that domains on record have as given, and holds them. @throws LinkError */
  async reserve(names: readonly string[]): Promise<void> {
    for (const name of names) this.held.add(name);
    const counted = (counters: TapCounters, prefix: string): TapCounters =>
      names.reduce((before, name) => reserveTapName(before, prefix, name), counters);
    await this.advance(tapPrefixes.reduce(counted, this.counters));
  }

  /** Writes what was really given, so that an orderly restart skips nothing. @throws LinkError */
  async close(): Promise<void> {
    await this.write(this.counters);
  }

  private async advance(counters: TapCounters): Promise<void> {
    this.counters = counters;
    if (Object.entries(counters).every(([prefix, number]) => covers(this.written[prefix], number))) return this.writing;
    this.written = Object.fromEntries(Object.entries(counters).map(([prefix, number]) => [prefix, number + stride]));
    try {
      await this.write(this.written);
    } catch (error) {
      this.written = {};
      throw error;
    }
  }

  /** One write at a time, in order; callers that need no write of their own wait for the one under way. */
  private write(counters: TapCounters): Promise<void> {
    const path = fileIn(this.directory);
    this.writing = this.writing
      .catch(() => undefined)
      .then(() => stepAsync(`write ${path}`, () => writeDurably(this.directory, path, JSON.stringify(counters))));
    return this.writing;
  }
}

/** A counter that has started over needs a write too. */
const covers = (written: number | undefined, number: number): boolean =>
  written !== undefined && number <= written && written <= number + stride;

const fileIn = (directory: string): string => join(directory, 'tap-names.json');

async function writeDurably(directory: string, path: string, text: string): Promise<void> {
  const aside = `${path}.new`;
  const file = await open(aside, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(aside, path);
  await fsyncDirectory(directory);
}

async function readCounters(path: string, log: Log): Promise<TapCounters> {
  try {
    return countersIn(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'))
      log('warn', 'tap name counters cannot be read and start over', { path, reason: String(cause) });
    return {};
  }
}

function countersIn(value: unknown): TapCounters {
  if (typeof value !== 'object' || value === null) throw new TypeError('the counters are no object');
  const entries = Object.entries(value);
  if (!entries.every((entry): entry is [string, number] => Number.isInteger(entry[1]))) throw new TypeError('a counter is no whole number');
  return Object.fromEntries(entries);
}
