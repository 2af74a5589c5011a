import { downloadHostVolume, uploadHostVolume } from '@virtbus/contracts';
import { openDownload, openUpload, type Begin, type Bus } from '@virtbus/messaging';
import type { Piece, Take, VolumePart } from './fleet.js';

/** A host opens a file in no time. Milliseconds. */
const OPEN_MS = 5_000;

/** Bytes of volumes, between this process and the host that has them. */
export class BusBytes {
  constructor(private readonly bus: Bus) {}

  /** @throws Refusal, the signal's reason, what `take` throws */
  async download(part: VolumePart, take: Take, signal: AbortSignal): Promise<void> {
    const download = await openDownload(this.bus, this.begin(part, downloadHostVolume), { take, takeHole: (hole) => take({ hole }) });
    await untilAborted(signal, () => download.abort(), download.done);
  }

  /** @throws Refusal, the signal's reason, what the pieces throw */
  async upload(part: VolumePart, pieces: AsyncIterable<Piece>, signal: AbortSignal): Promise<void> {
    const upload = await openUpload(this.bus, this.begin(part, uploadHostVolume));
    const sent = async (): Promise<void> => {
      try {
        for await (const piece of pieces) await ('hole' in piece ? upload.sendHole(piece.hole) : upload.send(piece));
        await upload.finish();
      } catch (thrown) {
        await upload.abort();
        throw thrown;
      }
    };
    await untilAborted(signal, () => upload.abort(), sent());
  }

  /** After a host's silence its next agent is asked for what is left. */
  private begin(
    { pool: { uuid, path }, volume: { name, hostId }, offsetBytes: offset, lengthBytes, sparse = false }: VolumePart,
    contract: typeof uploadHostVolume | typeof downloadHostVolume,
  ): Begin {
    const open = async (at: number): Promise<string> => {
      const rest = lengthBytes === undefined ? {} : { length: offset + lengthBytes - at };
      const order = { uuid, path, volume: name, offset: at, ...rest, ...(sparse ? { sparse } : {}) };
      return (await this.bus.request(contract, order, { tokens: { hostId }, timeoutMs: OPEN_MS })).subject;
    };
    return { offset, open };
  }
}

async function untilAborted(signal: AbortSignal, abort: () => Promise<void>, work: Promise<void>): Promise<void> {
  const stop = (): void => void abort();
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await work;
  } catch (thrown) {
    signal.throwIfAborted();
    throw thrown;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
