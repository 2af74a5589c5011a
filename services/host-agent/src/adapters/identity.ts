import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isHostId, type AgentIdentity } from '@virtbus/contracts';
import { close, lock, open } from '@virtbus/libc';
import { NotStarted } from '@virtbus/messaging';

/** What the host-agent keeps, below the state directory. */
export const HOME = 'host';
const LOCK = 'agent.lock';

/**
 * The host's id: given, else the one that this state directory has had from its first start on. It does not follow the machine's
 * name: a renamed host stays the same host.
 * @throws NotStarted when a given id is not the one on record: the state would be another host's; and when none is given and the record
 * is lost: its guests would be told of as another host's
 */
export async function hostIdentity(stateDirectory: string, given: string | undefined): Promise<string> {
  await mkdir(stateDirectory, { recursive: true, mode: 0o711 });
  const file = join(stateDirectory, 'host-id');
  const kept = await keptIn(file);
  if (kept !== undefined && given !== undefined && kept !== given) {
    throw new NotStarted(`${file} says that this host is '${kept}', not '${given}': use another VIRTBUS_STATE_DIR, or the id on record`);
  }
  if (kept !== undefined) return kept;
  const first = fromHostname(hostname());
  if (given === undefined && (await hasRun(stateDirectory))) {
    throw new NotStarted(`${file} is lost: say with VIRTBUS_HOST_ID which host this is ('${first}', unless it was told another id)`);
  }
  const id = given ?? first;
  if (!isHostId(id)) throw new NotStarted(`${JSON.stringify(id)} is no id of a host, which is 1 to 64 letters, digits, _ or -`);
  // Aside first: a disk that is full leaves no empty one.
  await writeFile(`${file}.new`, `${id}\n`, { mode: 0o644 });
  await rename(`${file}.new`, file);
  return id;
}

/** Undefined when it is lost: there is none, or an empty one. @throws NotStarted when it cannot be read, or names no host */
async function keptIn(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return '';
    throw new NotStarted(`${file} cannot be read: ${String(cause)}`, { cause });
  });
  const id = text.trim();
  if (id !== '' && !isHostId(id)) throw new NotStarted(`${file} holds no host's id: ${JSON.stringify(id.slice(0, 64))}`);
  return id === '' ? undefined : id;
}

/** Whether a host-agent has had the directory before. */
const hasRun = (stateDirectory: string): Promise<boolean> =>
  stat(join(stateDirectory, HOME, LOCK)).then(
    () => true,
    () => false,
  );

/** The machine's own name, less its domain and what an id may not hold. */
export const fromHostname = (name: string): string => (name.split('.')[0] ?? '').replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, 64) || 'host';

const LOCK_TRIES = 30;
const LOCK_PAUSE_MS = 100;

/**
 * Keeps other host-agents of this machine out of a state directory, until it is closed or the process ends. One that is about to end is
 * waited for.
 * @throws NotStarted when another one has it
 */
export async function lockHome(stateDirectory: string, tries = LOCK_TRIES): Promise<{ close(): void }> {
  await mkdir(stateDirectory, { recursive: true, mode: 0o711 });
  const fd = open(join(stateDirectory, LOCK), constants.O_RDWR | constants.O_CREAT);
  for (let left = tries; !lock(fd); left--) {
    if (left === 0) {
      close(fd);
      throw new NotStarted(`another host-agent runs on ${stateDirectory}: end it first, or use another VIRTBUS_STATE_DIR`);
    }
    await setTimeout(LOCK_PAUSE_MS);
  }
  let held = true;
  return {
    close: () => {
      if (held) close(fd);
      held = false;
    },
  };
}

/** A copy of the directory, on this machine or another, is another home, and so is the directory itself after a reboot. */
export async function agentIdentity(stateDirectory: string): Promise<AgentIdentity> {
  const { dev, ino } = await stat(stateDirectory);
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
  const home = createHash('sha256').update(`${boot.trim()} ${dev} ${ino}`).digest('hex').slice(0, 16);
  return { home, instance: randomUUID() };
}
