/**
 * The agent inside of a guest (qga-ref of QEMU): JSON lines over a unix socket that QEMU holds. Whatever comes is the guest's own word:
 * bounded in length and in time, and never believed to be an answer to a question that was not its.
 */
import { randomInt } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { defined, Refusal, type AgentCommand, type GuestSleep } from '@virtbus/contracts';

import type { LiveGuest } from '../live-guest.js';
import { liveDefinition } from './live-definition.js';
import { SerialQueues } from '../serial.js';

const CHANNEL = 'org.qemu.guest_agent.0';
const TIMEOUT_SECONDS = 5;
/** As libvirt limits an agent's answer, less what the bus needs: an outcome must fit one message. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;
/** A byte that no UTF-8 text holds: the agent forgets what half a line it had. */
const RESET = Buffer.from([0xff]);

const unresponsive = (words: string, cause?: unknown): Refusal =>
  new Refusal('agent_unresponsive', `Guest agent is not responding: ${words}`, { cause });

const invalid = (words: string): Refusal => new Refusal('invalid_argument', `invalid argument: ${words}`, { path: 'agent.command' });

/** libvirt gives a guest 60 seconds to go down; who sent the command waits no longer than that for its outcome. */
const SHUTDOWN_SECONDS = 55;

interface Question {
  readonly path: string;
  readonly command: string;
  readonly timeoutMs: number;
  /** Nothing is waited for any more. */
  readonly over?: AbortSignal | undefined;
}

/** Speaks to the agents of this host's guests, one question at a time for each. */
export class GuestAgents {
  private readonly queues = new SerialQueues();

  constructor(private readonly pathsOf: (uuid: string) => { readonly directory: string }) {}

  /** @throws Refusal operation_unsupported, agent_unresponsive, invalid_argument, operation_failed */
  async ask(guest: LiveGuest, { command, timeoutSeconds = TIMEOUT_SECONDS }: AgentCommand, over?: AbortSignal): Promise<string> {
    const { alias, path } = this.channelOf(guest);
    refuseUnreadable(command);
    return this.queues.run(guest.entry.uuid, async () => {
      await refuseUnconnected(guest, alias);
      return askOnce({ path, command, timeoutMs: timeoutSeconds * 1_000, over });
    });
  }

  /** One question to the agent whose answer is understood here. @throws Refusal as `ask`; operation_failed when the agent refuses */
  async call(
    guest: LiveGuest,
    execute: string,
    given?: object,
    { timeoutSeconds, over }: { readonly timeoutSeconds?: number; readonly over?: AbortSignal } = {},
  ): Promise<unknown> {
    const command = JSON.stringify({ execute, arguments: given });
    const answer: unknown = JSON.parse(await this.ask(guest, { command, ...defined({ timeoutSeconds }) }, over));
    if (typeof answer === 'object' && answer !== null && 'return' in answer) return answer.return;
    throw new Refusal('operation_failed', `internal error: unable to execute QEMU agent command '${execute}': ${refusalIn(answer)}`, {
      libvirt: 1,
    });
  }

  /**
   * Has the agent take its guest down. An agent that can do so may not live to answer: the guest's going is the answer then.
   * @throws Refusal as `call`
   */
  powerOff(guest: LiveGuest, mode: 'powerdown' | 'reboot'): Promise<void> {
    return this.unless(guest, GOING, (over) => this.call(guest, 'guest-shutdown', { mode }, { timeoutSeconds: SHUTDOWN_SECONDS, over }));
  }

  /** Has the agent put its guest to sleep; one that sleeps does not answer. @throws Refusal as `call` */
  putToSleep(guest: LiveGuest, target: GuestSleep['target']): Promise<void> {
    return this.unless(guest, FALLING_ASLEEP, (over) =>
      this.call(guest, sleepCommands[target], undefined, { timeoutSeconds: SHUTDOWN_SECONDS, over }),
    );
  }

  /** Asks, until an answer comes or an event of QEMU's that is one. */
  private async unless(guest: LiveGuest, events: readonly string[], ask: (over: AbortSignal) => Promise<unknown>): Promise<void> {
    const went = new AbortController();
    const stop = guest.monitor.onEvent(({ event }) => void (events.includes(event) && went.abort()));
    try {
      await ask(went.signal);
    } catch (thrown) {
      if (!went.signal.aborted) throw thrown;
    } finally {
      stop();
    }
  }

  private channelOf({ entry }: LiveGuest): { readonly alias: string; readonly path: string } {
    const channels = liveDefinition(entry).devices.channel;
    const channel = channels.find(({ type, target }) => type === 'unix' && target.type === 'virtio' && target.name === CHANNEL);
    if (channel?.type !== 'unix') {
      throw new Refusal('operation_unsupported', 'argument unsupported: QEMU guest agent is not configured', { libvirt: 74 });
    }
    return {
      alias: channel.alias?.name ?? '',
      path: channel.source?.path ?? `${this.pathsOf(entry.uuid).directory}/${CHANNEL}`,
    };
  }
}

const sleepCommands = { mem: 'guest-suspend-ram', disk: 'guest-suspend-disk', hybrid: 'guest-suspend-hybrid' } as const;
const FALLING_ASLEEP: readonly string[] = ['SUSPEND', 'SUSPEND_DISK', 'SHUTDOWN'];

/** What QEMU tells when its guest goes down or starts over. */
const GOING: readonly string[] = ['SHUTDOWN', 'RESET'];

/** QEMU listens on the host whether or not anybody in the guest does; it knows whether the guest has opened the port. */
async function refuseUnconnected({ monitor }: LiveGuest, alias: string): Promise<void> {
  const ends = await monitor.execute('query-chardev');
  const open = ends.find(({ label }) => label === `char${alias}`)?.['frontend-open'];
  if (open !== true) throw unresponsive('QEMU guest agent is not connected');
}

function refusalIn(answer: unknown): string {
  const error: unknown = typeof answer === 'object' && answer !== null && 'error' in answer ? answer.error : undefined;
  const words: unknown = typeof error === 'object' && error !== null && 'desc' in error ? error.desc : undefined;
  return typeof words === 'string' ? words.slice(0, 500) : 'no answer that can be read';
}

function refuseUnreadable(command: string): void {
  try {
    const value: unknown = JSON.parse(command);
    if (typeof value === 'object' && value !== null && 'execute' in value) return;
  } catch {
    throw invalid(`cannot parse json ${command.slice(0, 200)}`);
  }
  throw invalid('an agent command names what to "execute"');
}

/** First a number that the agent must give back, so that an old answer is not taken for a new one. */
async function askOnce({ path, command, timeoutMs, over }: Question): Promise<string> {
  const line = new AgentLine(await connected(path), over);
  try {
    const id = randomInt(2 ** 31);
    line.send(Buffer.concat([RESET, Buffer.from(JSON.stringify({ execute: 'guest-sync-delimited', arguments: { id } }))]));
    await line.until((text) => returnOf(text.replaceAll('\ufffd', '')) === id, Math.min(timeoutMs, TIMEOUT_SECONDS * 1_000));
    line.send(Buffer.from(command));
    return await line.until(isAnswer, timeoutMs);
  } finally {
    line.close();
  }
}

function returnOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'return' in value ? value.return : undefined;
  } catch {
    return undefined;
  }
}

function isAnswer(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && ('return' in value || 'error' in value);
  } catch {
    return false;
  }
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket.removeAllListeners('error')));
    socket.once('error', (cause) => reject(unresponsive('QEMU guest agent is not connected', cause)));
  });
}

/** Lines from the agent, as long as there is time and room for them. */
class AgentLine {
  private pending = Buffer.alloc(0);
  private heard: (text: string) => void = () => undefined;
  private failed: (error: Error) => void = () => undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly socket: Socket,
    over: AbortSignal | undefined,
  ) {
    over?.addEventListener('abort', () => this.failed(unresponsive('its guest has gone')), { once: true });
    socket.on('error', (cause) => this.failed(unresponsive(cause.message, cause)));
    socket.on('close', () => this.failed(unresponsive('its channel was closed')));
    socket.on('data', (bytes: Buffer) => this.take(bytes));
  }

  send(command: Buffer): void {
    this.socket.write(Buffer.concat([command, Buffer.from('\n')]));
  }

  until(wanted: (text: string) => boolean, timeoutMs: number): Promise<string> {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.failed(unresponsive('Guest agent not available for now')), timeoutMs);
    return new Promise((resolve, reject) => {
      this.failed = reject;
      this.heard = (text) => void (wanted(text) && resolve(text));
    });
  }

  close(): void {
    clearTimeout(this.timer);
    this.failed = () => undefined;
    this.socket.destroy();
  }

  private take(bytes: Buffer): void {
    this.pending = Buffer.concat([this.pending, bytes]);
    for (let end = this.pending.indexOf(10); end >= 0; end = this.pending.indexOf(10)) {
      const line = this.pending.subarray(0, end).toString('utf8').trim();
      this.pending = this.pending.subarray(end + 1);
      this.heard(line);
    }
    if (this.pending.length > MAX_ANSWER_BYTES) this.failed(unresponsive(`its answer is longer than ${MAX_ANSWER_BYTES} bytes`));
  }
}
