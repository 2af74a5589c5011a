/** The public keys of an issuer, by their ids: from a file that is read again when it has changed, or from a URL. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';

export interface IssuerKey {
  readonly kid: string | undefined;
  /** The algorithm that the key is meant for, when the issuer says so. */
  readonly alg: string | undefined;
  readonly key: KeyObject;
}

const MAX_BYTES = 256 * 1024;
const FETCH_MS = 5_000;
/** How long keys are used before they are fetched again. */
const FRESH_MS = 10 * 60_000;
/** A token that names an unknown key makes nobody fetch more often than this. */
const PAUSE_MS = 30_000;

interface Loaded {
  readonly keys: readonly IssuerKey[];
  readonly at: number;
  readonly changed: number;
}

export class JwksSource {
  private loaded: Loaded = { keys: [], at: Number.NEGATIVE_INFINITY, changed: 0 };
  private loading: Promise<void> | undefined;

  constructor(
    private readonly place: string,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Keys that a token may be signed with. @throws Error when there have never been any, and the source cannot be read */
  async keysFor(kid: string | undefined): Promise<readonly IssuerKey[]> {
    const age = this.now() - this.loaded.at;
    if (age > FRESH_MS || (this.matching(kid).length === 0 && age > this.pauseMs)) await this.load();
    return this.matching(kid);
  }

  private get isUrl(): boolean {
    return /^https?:/.test(this.place);
  }

  private get pauseMs(): number {
    return this.isUrl ? PAUSE_MS : 1_000;
  }

  private matching(kid: string | undefined): readonly IssuerKey[] {
    const { keys } = this.loaded;
    return kid === undefined ? keys : keys.filter((key) => key.kid === kid);
  }

  /** Once for all who wait. Keys that were there serve on when the source is away. */
  private load(): Promise<void> {
    this.loading ??= this.read()
      .catch((cause: unknown) => {
        if (this.loaded.keys.length === 0) throw cause;
        this.loaded = { ...this.loaded, at: this.now() };
      })
      .finally(() => (this.loading = undefined));
    return this.loading;
  }

  private async read(): Promise<void> {
    if (this.isUrl) {
      this.loaded = { keys: keysIn(await fetched(this.place)), at: this.now(), changed: 0 };
      return;
    }
    const { mtimeMs, size } = await stat(this.place);
    if (size > MAX_BYTES) throw new Error(`${this.place} is larger than ${MAX_BYTES} bytes`);
    const keys = mtimeMs === this.loaded.changed ? this.loaded.keys : keysIn(await readFile(this.place, 'utf8'));
    this.loaded = { keys, at: this.now(), changed: mtimeMs };
  }
}

async function fetched(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(FETCH_MS), redirect: 'error', headers: { accept: 'application/json' } });
  if (!answer.ok || !answer.body) throw new Error(`${url} answered ${answer.status}`);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of answer.body) {
    length += part.length;
    if (length > MAX_BYTES) throw new Error(`${url} answers more than ${MAX_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Keys that are not for signatures, and those that this Node does not know, are left out. @throws Error when it is no key set */
export function keysIn(text: string): IssuerKey[] {
  const { keys } = JSON.parse(text) as { keys?: unknown };
  if (!Array.isArray(keys)) throw new Error('a key set needs "keys", a list');
  return keys.flatMap((jwk: Record<string, unknown>) => {
    if ((jwk['use'] !== undefined && jwk['use'] !== 'sig') || jwk['kty'] === 'oct') return [];
    const key = keyOf(jwk);
    return key ? [{ kid: textOf(jwk['kid']), alg: textOf(jwk['alg']), key }] : [];
  });
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function keyOf(jwk: Record<string, unknown>): KeyObject | undefined {
  try {
    const { d: _private, ...shown } = jwk;
    return createPublicKey({ key: shown, format: 'jwk' });
  } catch {
    // A kind of key that is not known here signs nothing for us.
    return undefined;
  }
}
