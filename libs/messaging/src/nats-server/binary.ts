import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Version {
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

/** Where Debian puts it; other users than root may not have it in PATH. */
const SYSTEM_FOLDER = '/usr/sbin';

/** `$NATS_SERVER`, else the first nats-server in PATH, else /usr/sbin. @throws Error that says what to install. */
export async function findNatsServer(environment: Readonly<Record<string, string | undefined>> = process.env): Promise<string> {
  const named = environment['NATS_SERVER'];
  if (named !== undefined && named !== '') {
    if (await isExecutable(named)) return named;
    throw new Error(`NATS_SERVER names ${named}, which cannot be run`);
  }
  const folders = [...(environment['PATH'] ?? '').split(delimiter), SYSTEM_FOLDER].filter((folder) => folder !== '');
  for (const folder of folders) {
    const path = join(folder, 'nats-server');
    if (await isExecutable(path)) return path;
  }
  throw new Error('nats-server was not found: install the Debian package "nats-server", or name one in NATS_SERVER');
}

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** @throws Error when the file is no nats-server. */
export async function versionOf(binary: string): Promise<Version> {
  const { stdout } = await run(binary, ['--version']);
  const [, text, major, minor] = /v((\d+)\.(\d+)\.\S+)/.exec(stdout) ?? [];
  if (text === undefined) throw new Error(`${binary} --version answers "${stdout.trim()}": is it a nats-server?`);
  return { text, major: Number(major), minor: Number(minor) };
}

/** Older servers refuse `sync_interval`, and acknowledge what is in the page cache only. */
export const knowsSyncInterval = ({ major, minor }: Version): boolean => major > 2 || (major === 2 && minor >= 10);
