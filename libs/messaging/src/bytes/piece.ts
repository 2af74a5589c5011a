import { byteHeaders, encode, headerNames, Refusal, refusalFrom, type ErrorBody } from '@virtbus/contracts';

/** What either end says. An empty message where there are no bytes. */
export type Say = (head: Readonly<Record<string, string>>, bytes?: Uint8Array) => void;

export interface ByteMessage {
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** Bytes of one message. */
export const MAX_PIECE = 512 * 1024;
/** Bytes on their way at most. */
export const WINDOW = 2 * 1024 * 1024;
/** Messages on their way at most, however small they are. */
export const MAX_PIECES = 64;

export const head = (name: keyof typeof byteHeaders, value: number): Readonly<Record<string, string>> => ({
  [byteHeaders[name]]: String(value),
});

/** @returns undefined where the header is missing, or is no number of bytes */
export function valueOf({ headers }: ByteMessage, name: keyof typeof byteHeaders): number | undefined {
  const text = headers[byteHeaders[name]];
  if (text === undefined) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

export function sayFailure(say: Say, thrown: unknown): void {
  const refusal = refusalFrom(thrown);
  say({ [headerNames.errorCode]: refusal.code }, encode(refusal.toBody()));
}

/** The other end's failure, if that is what the message is. */
export function failureIn({ bytes, headers }: ByteMessage): Refusal | undefined {
  if (headers[headerNames.errorCode] === undefined) return undefined;
  return Refusal.fromBody(JSON.parse(new TextDecoder().decode(bytes)) as Partial<ErrorBody>);
}
