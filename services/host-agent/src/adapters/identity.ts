import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { AgentIdentity } from '@virtbus/contracts';
import { close, lock, open } from '@virtbus/libc';
import { NotStarted } from '@virtbus/messaging';

/**
 * The host's id: given, else the one that this state directory has had from its first start on. It does not follow the machine's
 * name: a renamed host stays the same host.
 * @throws NotStarted when a given id is not the one on record: the state would be another host's.
 */
export async function hostIdentity(stateDirectory: string, given: string | undefined): Promise<string> {
  await mkdir(stateDirectory, { recursive: true, mode: 0o711 });
  const file = join(stateDirectory, 'host-id');
  const kept = await readFile(file, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
  if (kept !== undefined && given !== undefined && kept !== given) {
    throw new NotStarted(`${file} says that this host is '${kept}', not '${given}': use another VIRTBUS_STATE_DIR, or the id on record`);
  }
  const id = kept ?? given ?? fromHostname(hostname());
  if (kept === undefined) await writeFile(file, `${id}\n`, { mode: 0o644 });
  return id;
}

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
  const fd = open(join(stateDirectory, 'agent.lock'), constants.O_RDWR | constants.O_CREAT);
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
