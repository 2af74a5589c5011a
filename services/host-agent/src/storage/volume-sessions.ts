/** The host's end of what goes to volumes and comes from them: byte for byte over the bus, as the class VolumeSession has it. */
import { randomUUID } from 'node:crypto';
import { byteHeaders, Refusal } from '@virtbus/contracts';
import { PieceReceiver, PieceSender, sayFailure, type ByteMessage, type Say } from '@virtbus/messaging';
import { punch, readInto, write, type Extent, type OpenVolume } from './volume-file.js';

/** The bus, as sessions need it. */
export interface ByteBus {
  publishBytes(subject: string, bytes: Uint8Array, headers: Readonly<Record<string, string>>): void;
  subscribeBytes(subject: string, listener: (message: ByteMessage) => void): { readonly ready: Promise<void>; close(): Promise<void> };
}

/** Each has a window of bytes in memory. */
const MAX_SESSIONS = 16;
/** Whoever has the other end says something every second. Milliseconds. */
const SILENT_MS = 30_000;
/** So long a silence is none of a moment: when places are wanted, such a session's is given away. Milliseconds. */
const DOUBTFUL_MS = 5_000;
const POKE_MS = 1_000;
const NOTHING = new Uint8Array();

/** What a session does with what it hears. */
interface HostEnd {
  heard(message: ByteMessage): void;
  poke(): void;
  /** The other end is gone. */
  leave(cause: Refusal): void;
}

const silent = (): Refusal => new Refusal('operation_failed', 'operation failed: the other end has said nothing for too long');

interface Session {
  /** By the clock that only rises. Milliseconds. */
  heardAt: number;
  /** Its other end is given up. */
  readonly leave: () => void;
}

export class VolumeSessions {
  private readonly sessions = new Map<() => void, Session>();

  constructor(private readonly bus: ByteBus) {}

  /** @returns the session's subject; from here on the file is the session's. @throws Refusal rate_limited */
  upload(volume: OpenVolume, extent: Extent, written: () => Promise<void>): Promise<string> {
    return this.begin(volume, (say, end) => {
      const receiver = new PieceReceiver(say, extent.offset, {
        take: (bytes, offset) => write(volume, extent, { bytes, offset }),
        takeHole: (length, offset) => punch(volume, extent, { length, offset }),
        finish: written,
        failed: end,
      });
      return { heard: (message) => receiver.heard(message), poke: () => undefined, leave: (cause) => receiver.stop(cause) };
    });
  }

  /** @returns the session's subject; from here on the file is the session's. @throws Refusal rate_limited */
  download(volume: OpenVolume, extent: Extent): Promise<string> {
    return this.begin(volume, (say, end) => {
      const sender = new PieceSender(say, extent.offset);
      let begun = false;
      const begin = (): void => {
        begun = true;
        void readInto(sender, volume, extent)
          .catch((thrown: unknown) => sayFailure(say, thrown))
          .finally(end);
      };
      return {
        heard: (message) => {
          if (!begun) begin();
          sender.heard(message);
        },
        poke: () => begun && sender.poke(),
        leave: (cause) => sender.fail(cause),
      };
    });
  }

  close(): void {
    for (const end of this.sessions.keys()) end();
  }

  /** A gateway that was killed is missed by nobody who comes after it. */
  private makeRoom(): void {
    if (this.sessions.size < MAX_SESSIONS) return;
    const [longest] = [...this.sessions.values()].toSorted((a, b) => a.heardAt - b.heardAt);
    if (longest && performance.now() - longest.heardAt > DOUBTFUL_MS) longest.leave();
  }

  private async begin({ file }: OpenVolume, endOf: (say: Say, end: () => void) => HostEnd): Promise<string> {
    this.makeRoom();
    if (this.sessions.size >= MAX_SESSIONS) {
      await file.close();
      throw new Refusal('rate_limited', `the bytes of ${MAX_SESSIONS} volumes are on their way to or from this host; wait for one to end`);
    }
    const subject = `virtbus.v1.bytes.${randomUUID()}`;
    // What still fails after the end, since the file is closed, is nobody's concern.
    const say: Say = (headers, bytes = NOTHING) => {
      if (this.sessions.has(end)) this.bus.publishBytes(`${subject}.out`, bytes, headers);
    };
    const end = (): void => {
      if (!this.sessions.delete(end)) return;
      clearInterval(poking);
      clearTimeout(silence);
      void input.close();
      void file.close();
    };
    const hostEnd = endOf(say, end);
    const leave = (): void => {
      hostEnd.leave(silent());
      end();
    };
    const session: Session = { heardAt: performance.now(), leave };
    const silence = setTimeout(leave, SILENT_MS);
    const poking = setInterval(() => hostEnd.poke(), POKE_MS);
    const input = this.bus.subscribeBytes(`${subject}.in`, (message) => {
      silence.refresh();
      session.heardAt = performance.now();
      hostEnd.heard(message);
      if (message.headers[byteHeaders.ended] !== undefined) end();
    });
    this.sessions.set(end, session);
    await input.ready;
    return subject;
  }
}
