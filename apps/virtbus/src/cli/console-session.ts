import type { DomainDetail } from '@virtbus/contracts';
import type { Report, Spoken } from './command.js';
import type { Context } from './context.js';
import { Failure, failed } from './failure.js';
import type { ConsoleLine } from './fleet.js';
import { escapeByte, splitAtEscape } from './core/escape-key.js';

export interface ConsoleOptions {
  readonly device?: string;
  readonly force?: boolean;
  /** What is said before. */
  readonly after?: Report;
}

/** Sends keys until the escape key is pressed, or the process is asked to end. */
const keysLeave = ({ surroundings, globals }: Context, line: ConsoleLine): Promise<void> =>
  new Promise((resolve) => {
    const escape = escapeByte(globals.escape);
    surroundings.onInterrupt(resolve);
    surroundings.keyboard.takeOver((bytes) => {
      const { before, escaped } = splitAtEscape(bytes, escape);
      if (before.length > 0) line.send(before);
      if (escaped) resolve();
    });
  });

async function talk(context: Context, line: ConsoleLine): Promise<void> {
  const { keyboard, stdout } = context.surroundings;
  line.onBytes((bytes) => void stdout.write(bytes));
  try {
    await Promise.race([line.ended, keysLeave(context, line)]);
  } finally {
    keyboard.giveBack();
    await line.close();
  }
}

/**
 * Joins this terminal and a guest's serial console until the escape key, the guest's end or a signal. The terminal is as
 * before on every way out.
 * @throws Failure without a terminal, or when the domain does not run or its console cannot be had
 */
export async function attachConsole(context: Context, domain: DomainDetail, { after, ...wanted }: ConsoleOptions): Promise<Spoken> {
  const { stdout, keyboard } = context.surroundings;
  const say = (text: string): void => void (context.globals.quiet || stdout.write(text));
  if (after) say(after.text);
  if (!keyboard.isTTY) throw new Failure(['Cannot run interactive console without a controlling TTY'], 'usage');
  const { hostId, uuid, state } = domain;
  if (state === 'shutoff' || hostId === undefined) throw new Failure(['The domain is not running'], 'operation_invalid', { libvirt: 55 });
  const { escape } = context.globals;
  const key = escape.startsWith('^') ? ` (Ctrl + ${escape.slice(1)})` : '';
  say(`Connected to domain '${domain.name}'\nEscape character is ${escape}${key}\n`);
  const fleet = await context.fleet();
  const line = await fleet.openConsole({ hostId, uuid, ...wanted }).catch((error: unknown) => {
    throw failed(undefined, error);
  });
  await talk(context, line);
  return { exitStatus: 0 };
}
