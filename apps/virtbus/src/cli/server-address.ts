import { readFileSync } from 'node:fs';
import { addressFile, defaultStateDirectory } from '../up/state-directory.js';
import type { Surroundings } from './surroundings.js';

const DEFAULT_URL = 'nats://127.0.0.1:4222';

export interface ServerAddress {
  readonly urls: readonly string[];
  /** Where the address was found, in words. */
  readonly origin: string;
}

const split = (text: string): string[] =>
  text
    .split(',')
    .map((url) => url.trim())
    .filter((url) => url !== '');

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Without a fleet on this machine there is no file; of any other reason the attempt to connect tells enough.
    return '';
  }
}

/** The address that was given, else the one of the environment, else that of the fleet on this machine, else NATS's own. */
export function serverAddress(given: string | undefined, { environment, uid }: Pick<Surroundings, 'environment' | 'uid'>): ServerAddress {
  if (given) return { urls: split(given), origin: 'given by --url' };
  const named = environment['VIRTBUS_NATS_URL'];
  if (named) return { urls: split(named), origin: 'from VIRTBUS_NATS_URL' };
  const file = addressFile(defaultStateDirectory({ ...environment }, uid));
  const left = split(readOrEmpty(file));
  if (left.length > 0) return { urls: left, origin: `left by 'virtbus up' in ${file}` };
  return { urls: [DEFAULT_URL], origin: 'the default' };
}
