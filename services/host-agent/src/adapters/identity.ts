import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/**
 * The host's id: given, else the one that this state directory has had from its first start on. It does not follow the machine's
 * name: a renamed host stays the same host.
 * @throws Error when a given id is not the one on record: the state would be another host's.
 */
export async function hostIdentity(stateDirectory: string, given: string | undefined): Promise<string> {
  await mkdir(stateDirectory, { recursive: true, mode: 0o711 });
  const file = join(stateDirectory, 'host-id');
  const kept = await readFile(file, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
  if (kept !== undefined && given !== undefined && kept !== given) {
    throw new Error(`${file} says that this host is '${kept}', not '${given}': use another VIRTBUS_STATE_DIR, or the id on record`);
  }
  const id = kept ?? given ?? fromHostname(hostname());
  if (kept === undefined) await writeFile(file, `${id}\n`, { mode: 0o644 });
  return id;
}

/** The machine's own name, less its domain and what an id may not hold. */
export const fromHostname = (name: string): string => (name.split('.')[0] ?? '').replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, 64) || 'host';
