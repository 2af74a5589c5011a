import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of one run: the fixtures, with the paths that they name below it. */
export async function prepareFixtures(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'vb-virsh-'));
  await chmod(directory, 0o755);
  await cp(join(import.meta.dirname, 'fixtures'), directory, { recursive: true });
  const pool = join(directory, 'pool.xml');
  await writeFile(pool, (await readFile(pool, 'utf8')).replace('@FILES@', join(directory, 'files')));
  return directory;
}

export const removeFixtures = (directory: string): Promise<void> => rm(directory, { recursive: true, force: true });

export const commandsText = (): Promise<string> => readFile(join(import.meta.dirname, 'commands.txt'), 'utf8');

/** Words are English, times are UTC, and virsh's history is not the user's. */
export const environment = (directory: string): NodeJS.ProcessEnv => ({ ...process.env, LC_ALL: 'C', TZ: 'UTC', HOME: directory });
