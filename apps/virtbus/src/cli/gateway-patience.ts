/** How long a gateway may say nothing: to be there is a matter of seconds, to answer may take as long as what it was asked for. */
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';

/** After this long without an answer it is asked whether it is there at all, again and again. Milliseconds. */
const SILENT_MS = 5_000;
/** What it has for that: it may be busy, and the answer to the first question on its way. Milliseconds. */
const ALIVE_MS = 5_000;

export const secondsOf = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
export const noAnswer = (ms: number): Error => new Error(`no answer within ${secondsOf(ms)}`);

/** Ends a call whose connection is not there in time, with TLS and the way from a name to an address. */
export function limitConnecting(sent: ClientRequest, connectMs: number): void {
  sent.once('socket', (socket: Socket) => {
    if (sent.reusedSocket) return;
    const isTls = 'encrypted' in socket;
    const timer = setTimeout(() => sent.destroy(noAnswer(connectMs)), connectMs);
    const stop = (): void => clearTimeout(timer);
    socket.once(isTls ? 'secureConnect' : 'connect', stop).once('close', stop);
    sent.once('response', stop);
  });
}

/** Whether a gateway answers anything at all in so many milliseconds. */
export type Probe = (withinMs: number) => Promise<boolean>;

/** Ends a call when its gateway says nothing for long, and does not answer a simple question either. */
export function watchSilence(sent: ClientRequest, probe: Probe): void {
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const again = (): void => void (timer = setTimeout(() => void look(), SILENT_MS));
  const look = async (): Promise<void> => {
    const alive = await probe(ALIVE_MS);
    if (over) return;
    if (alive) again();
    else sent.destroy(new Error(`no answer within ${secondsOf(SILENT_MS + ALIVE_MS)}, nor to a simple question`));
  };
  const stop = (): void => {
    over = true;
    clearTimeout(timer);
  };
  sent.once('response', stop).once('close', stop);
  again();
}
