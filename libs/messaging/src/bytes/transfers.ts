import { Refusal } from '@virtbus/contracts';
import type { Bus } from '../bus.js';
import { deferred } from '../deferred.js';
import { head, sayFailure, type Say } from './piece.js';
import { PieceReceiver } from './piece-receiver.js';
import { PieceSender } from './piece-sender.js';
import { SessionLink, type Opening } from './session-link.js';

export interface Begin {
  readonly open: Opening;
  /** Where in the volume it begins. Bytes. */
  readonly offset: number;
}

/** Bytes to a volume. */
export interface Upload {
  /** Resolves when there is room for more; one call at a time. @throws Refusal */
  send(bytes: Uint8Array): Promise<void>;
  /** So many bytes that read as zeros and take no space. As `send`. */
  sendHole(length: number): Promise<void>;
  /** Resolves when all is written. @throws Refusal */
  finish(): Promise<void>;
  /** Nothing more comes; what has been written stays. May be called again, and after the end. */
  abort(): Promise<void>;
}

/** Bytes from a volume. */
export interface Download {
  /** Settles when all has been taken. @throws Refusal, or what taking has failed with */
  readonly done: Promise<void>;
  abort(): Promise<void>;
}

/** Who takes what comes, in its order; the next waits until the promise resolves. */
export interface Taking {
  take(bytes: Uint8Array): Promise<void>;
  /** Instead of so many zeros; comes only if it was asked for. */
  takeHole?(length: number): Promise<void>;
}

const nobodyWaits = (): Refusal => new Refusal('operation_failed', 'operation failed: whoever asked for it does not wait any more');
const asError = (cause: unknown): Error => (cause instanceof Error ? cause : new Error(String(cause)));
const nothing: Say = () => undefined;

/** @throws Refusal as the host refuses to open a session */
export async function openUpload(bus: Bus, { open, offset }: Begin): Promise<Upload> {
  const sender = new PieceSender(nothing, offset);
  const link = await SessionLink.join(bus, open, {
    get at() {
      return sender.taken;
    },
    heard: (message) => sender.heard(message),
    goOn: (say) => sender.goOn(say),
    poke: () => sender.poke(),
    fail: (cause) => sender.fail(cause),
  });
  const failing = async (thrown: unknown): Promise<never> => {
    await link.close();
    throw thrown;
  };
  return {
    send: (bytes) => sender.send(bytes).catch(failing),
    sendHole: (length) => sender.sendHole(length).catch(failing),
    finish: async () => {
      await sender.finish().catch(failing);
      await link.close((say) => say(head('ended', sender.taken)));
    },
    abort: async () => {
      sender.fail(nobodyWaits());
      await link.close((say) => sayFailure(say, nobodyWaits()));
    },
  };
}

/** @throws Refusal as the host refuses to open a session */
export async function openDownload(bus: Bus, { open, offset }: Begin, taking: Taking): Promise<Download> {
  const { promise: done, resolve, reject } = deferred<void>();
  done.catch(() => undefined);
  const receiver = new PieceReceiver(nothing, offset, {
    take: (bytes) => taking.take(bytes),
    takeHole: async (length) => {
      if (!taking.takeHole) throw new Refusal('payload_invalid', 'a hole came where none was asked for');
      await taking.takeHole(length);
    },
    finish: async () => resolve(),
    failed: (cause) => reject(asError(cause)),
  });
  const link = await SessionLink.join(bus, open, {
    get at() {
      return receiver.received;
    },
    heard: (message) => receiver.heard(message),
    goOn: (say) => receiver.goOn(say),
    poke: () => receiver.acknowledge(),
    fail: (cause) => receiver.stop(cause),
  });
  const closing = done.then(
    () => link.close((say) => say(head('ended', receiver.received))),
    () => link.close(),
  );
  return {
    done: Promise.all([done, closing]).then(() => undefined),
    abort: async () => {
      receiver.stop(nobodyWaits());
      await closing;
    },
  };
}
