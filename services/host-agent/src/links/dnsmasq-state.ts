import { createHash } from 'node:crypto';
import { chmod, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Which dnsmasq runs, by pid and start time (clock ticks since boot), and digests of what it runs on. */
export interface DnsmasqRecord {
  readonly pid: number;
  readonly startTime: number;
  readonly config: string;
  readonly hosts: string;
}

export const digestOf = (...texts: readonly (string | undefined)[]): string =>
  createHash('sha256').update(JSON.stringify(texts)).digest('hex');

/** Replaces a file whole: whoever reads it sees the old text or the new one. */
export async function writeAside(path: string, text: string, mode: number): Promise<void> {
  const aside = `${path}.tmp`;
  const file = await open(aside, 'w', mode);
  try {
    await file.chmod(mode);
    await file.writeFile(text);
  } finally {
    await file.close();
  }
  await rename(aside, path);
}

export const writeRecord = (path: string, record: DnsmasqRecord): Promise<void> => writeAside(path, JSON.stringify(record), 0o600);

/** Undefined when there is none, or none that can be read: then dnsmasq is started anew, which is always right. */
export async function readRecord(path: string): Promise<DnsmasqRecord | undefined> {
  const text = await readIfPresent(path);
  try {
    return text === undefined ? undefined : recordIn(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function recordIn(value: unknown): DnsmasqRecord | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, startTime, config, hosts } = value as Partial<Record<keyof DnsmasqRecord, unknown>>;
  if (typeof pid !== 'number' || typeof startTime !== 'number' || typeof config !== 'string' || typeof hosts !== 'string') return undefined;
  return { pid, startTime, config, hosts };
}

export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

const searchByOthers = 0o001;

/** The first directory on the way that users other than its owner may not pass; undefined when they reach `directory`. */
export async function othersCanReach(directory: string): Promise<string | undefined> {
  const above = dirname(directory);
  const blocked = above === directory ? undefined : await othersCanReach(above);
  if (blocked !== undefined) return blocked;
  return ((await stat(directory)).mode & searchByOthers) === 0 ? directory : undefined;
}

/** Lets other users pass a directory, not list it. */
export const letOthersPass = async (directory: string): Promise<void> => chmod(directory, (await stat(directory)).mode | searchByOthers);
