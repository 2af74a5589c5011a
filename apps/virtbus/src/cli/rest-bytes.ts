/** Bytes of volumes through a gateway: what was cut goes on where it was, at whichever gateway answers. */
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { withHoles } from './core/zeros.js';
import { FleetError, lengthOf, type Piece, type Take, type VolumePart } from './fleet.js';
import type { HttpClient } from './http-client.js';

/** What one call carries: a body may have two of these. Bytes. */
const PIECE = 1024 * 1024;
/** How long a gateway may be silent. Milliseconds. */
const SILENT_MS = 60_000;
const PAUSE_MS = 500;
/** After this long without a byte it is given up. Milliseconds. */
const PATIENCE_MS = 30_000;

/** What may be better in a moment. */
const passing: ReadonlySet<string> = new Set(['fleet_unreachable', 'service_unreachable', 'host_unreachable', 'rate_limited']);

export class RestBytes {
  constructor(private readonly client: HttpClient) {}

  /** @throws FleetError, the signal's reason, what `take` throws */
  async download(part: VolumePart, take: Take, signal: AbortSignal): Promise<void> {
    let done = 0;
    const rest = async (progress: () => void): Promise<void> => {
      if (part.lengthBytes === done) return;
      const response = await this.client.stream({ method: 'GET', path: addressOf(part, done), timeoutMs: SILENT_MS, signal });
      // HTTP carries no holes: what is zeros becomes one.
      for await (const piece of part.sparse ? withHoles(piecesOf(response)) : piecesOf(response)) {
        await take(piece);
        done += lengthOf(piece);
        progress();
      }
    };
    await patiently(signal, rest);
  }

  /** @throws FleetError, the signal's reason, what the pieces throw */
  async upload(part: VolumePart, pieces: AsyncIterable<Piece>, signal: AbortSignal): Promise<void> {
    let done = 0;
    const put = async (piece: Piece): Promise<void> => {
      const [bytes, hole] = 'hole' in piece ? [new Uint8Array(), `&hole=${piece.hole}`] : [piece, ''];
      const path = `${addressOf({ ...part, lengthBytes: undefined }, done)}${hole}`;
      const call = { method: 'PUT', path, bytes, repeatable: true, timeoutMs: SILENT_MS, signal } as const;
      await patiently(signal, async () => void (await this.client.call(call)));
      done += lengthOf(piece);
    };
    for await (const piece of gathered(pieces)) await put(piece);
    // Nothing is sent as well: it is refused where something would be.
    if (done === 0) await put(new Uint8Array());
  }
}

/** Again, while it may be better in a moment. */
async function patiently(signal: AbortSignal, work: (progress: () => void) => Promise<void>): Promise<void> {
  let since = performance.now();
  const progress = (): void => void (since = performance.now());
  for (;;) {
    try {
      return await work(progress);
    } catch (thrown) {
      signal.throwIfAborted();
      const mayPass = thrown instanceof FleetError && passing.has(thrown.code);
      if (!mayPass || performance.now() - since > PATIENCE_MS) throw thrown;
    }
    await sleep(PAUSE_MS);
    signal.throwIfAborted();
  }
}

async function* piecesOf(response: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    yield* response as AsyncIterable<Buffer>;
  } catch (cause) {
    throw new FleetError('fleet_unreachable', 'the gateway has cut the connection: the rest of the volume cannot be read', { cause });
  }
}

/** As large as a call carries them; a hole is one of its own. */
async function* gathered(pieces: AsyncIterable<Piece>): AsyncGenerator<Piece> {
  let [parts, length]: [Uint8Array[], number] = [[], 0];
  for await (const piece of pieces) {
    if ('hole' in piece) {
      if (length > 0) yield Buffer.concat(parts);
      [parts, length] = [[], 0];
      yield piece;
      continue;
    }
    parts.push(piece);
    length += piece.length;
    if (length < PIECE) continue;
    const all = Buffer.concat(parts);
    const whole = all.length - (all.length % PIECE);
    for (let at = 0; at < whole; at += PIECE) yield all.subarray(at, at + PIECE);
    [parts, length] = [[all.subarray(whole)], all.length - whole];
  }
  if (length > 0) yield Buffer.concat(parts);
}

function addressOf({ pool, volume, offsetBytes, lengthBytes }: VolumePart, done: number): string {
  const length = lengthBytes === undefined ? '' : `&length=${lengthBytes - done}`;
  return `/v1/pools/${pool.uuid}/volumes/${encodeURIComponent(volume.name)}/content?offset=${offsetBytes + done}${length}`;
}
