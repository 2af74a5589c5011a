/** Gateways by name, in a file of the user's own. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { FleetError } from './fleet.js';
import type { Surroundings } from './surroundings.js';

export interface Context {
  /** One gateway's address, or several with commas between them. */
  readonly url: string;
  readonly token?: string;
  /** Where the certificates of the gateways' authority are. */
  readonly caFile?: string;
}

export interface Contexts {
  readonly current?: string;
  readonly contexts: Readonly<Record<string, Context>>;
}

const MAX_BYTES = 256 * 1024;
const none: Contexts = { contexts: {} };

type Files = Pick<Surroundings, 'environment' | 'readFile' | 'modeOf'>;

/** What of a mode lets others than the owner in. */
const OTHERS = 0o077;

export const contextsFile = ({ environment }: Pick<Surroundings, 'environment'>): string =>
  environment['VIRTBUS_CONTEXTS'] ??
  join(environment['XDG_CONFIG_HOME'] ?? join(environment['HOME'] ?? homedir(), '.config'), 'virtbus/contexts.json');

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const isContext = (value: unknown): value is Context =>
  isRecord(value) &&
  typeof value['url'] === 'string' &&
  ['token', 'caFile'].every((name) => ['string', 'undefined'].includes(typeof value[name]));

/** None at all when there is no file. @throws FleetError when it holds something else, or shows a token to others */
export async function readContexts(surroundings: Files): Promise<Contexts> {
  const path = contextsFile(surroundings);
  try {
    const read: unknown = JSON.parse(await surroundings.readFile(path, MAX_BYTES));
    if (isContexts(read)) {
      await refuseShown(read, path, surroundings);
      return read;
    }
  } catch (cause) {
    if (cause instanceof FleetError) throw cause;
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return none;
    throw new FleetError('usage', `the contexts in ${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  throw new FleetError('usage', `${path} holds no contexts: remove it, or mend it`);
}

/** A token that others can read is theirs, too. @throws FleetError */
async function refuseShown({ contexts }: Contexts, path: string, { modeOf }: Files): Promise<void> {
  const hasToken = Object.values(contexts).some(({ token }) => token !== undefined);
  if (!hasToken || ((await modeOf(path)) & OTHERS) === 0) return;
  throw new FleetError('usage', `${path} holds tokens, and others than you may open it: 'chmod 600' it, and have the tokens renewed`);
}

const isContexts = (value: unknown): value is Contexts =>
  isRecord(value) &&
  isRecord(value['contexts']) &&
  Object.values(value['contexts']).every(isContext) &&
  ['string', 'undefined'].includes(typeof value['current']);

export const writeContexts = (surroundings: Surroundings, contexts: Contexts): Promise<void> =>
  surroundings.writeFile(contextsFile(surroundings), `${JSON.stringify(contexts, null, 2)}\n`, 0o600);

/** @throws FleetError when the current one is not there any more */
export async function currentContext(surroundings: Files): Promise<(Context & { readonly name: string }) | undefined> {
  const { current, contexts } = await readContexts(surroundings);
  if (current === undefined) return undefined;
  const context = Object.hasOwn(contexts, current) ? contexts[current] : undefined;
  if (!context) throw new FleetError('usage', `the context '${current}' is not there: 'virtbus context use NAME' takes another`);
  return { ...context, name: current };
}
