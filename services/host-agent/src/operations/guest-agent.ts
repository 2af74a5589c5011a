/**
 * The agent inside of a guest (qga-ref of QEMU): JSON lines over a unix socket that QEMU holds. Whatever comes is the guest's own word:
 * bounded in length and in time, and never believed to be an answer to a question that was not its.
 */
import { randomInt } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { defined, Refusal, type AgentCommand } from '@virtbus/contracts';

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

/** Speaks to the agents of this host's guests, one question at a time for each. */
export class GuestAgents {
  private readonly queues = new SerialQueues();

  constructor(private readonly pathsOf: (uuid: string) => { readonly directory: string }) {}

  /** @throws Refusal operation_unsupported, agent_unresponsive, invalid_argument, operation_failed */
  ask(guest: LiveGuest, { command, timeoutSeconds = TIMEOUT_SECONDS }: AgentCommand): Promise<string> {
    const { uuid } = guest.entry;
    const path = this.socketOf(guest);
    refuseUnreadable(command);
    return this.queues.run(uuid, () => askOnce(path, command, timeoutSeconds * 1_000));
  }

  /** One question to the agent whose answer is understood here. @throws Refusal as `ask`; operation_failed when the agent refuses */
  async call(guest: LiveGuest, execute: string, given?: object, timeoutSeconds?: number): Promise<unknown> {
    const command = JSON.stringify({ execute, arguments: given });
    const answer: unknown = JSON.parse(await this.ask(guest, { command, ...defined({ timeoutSeconds }) }));
    if (typeof answer === 'object' && answer !== null && 'return' in answer) return answer.return;
    throw new Refusal('operation_failed', `internal error: unable to execute QEMU agent command '${execute}': ${refusalIn(answer)}`, {
      libvirt: 1,
    });
  }

  private socketOf({ entry }: LiveGuest): string {
    const channels = liveDefinition(entry).devices.channel;
    const channel = channels.find(({ type, target }) => type === 'unix' && target.type === 'virtio' && target.name === CHANNEL);
    if (channel?.type !== 'unix') {
      throw new Refusal('operation_unsupported', 'argument unsupported: QEMU guest agent is not configured', { libvirt: 74 });
    }
    return channel.source?.path ?? `${this.pathsOf(entry.uuid).directory}/${CHANNEL}`;
  }
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
async function askOnce(path: string, command: string, timeoutMs: number): Promise<string> {
  const line = new AgentLine(await connected(path), timeoutMs);
  try {
    const id = randomInt(2 ** 31);
    line.send(Buffer.concat([RESET, Buffer.from(JSON.stringify({ execute: 'guest-sync-delimited', arguments: { id } }))]));
    await line.until((text) => returnOf(text.replaceAll('\ufffd', '')) === id);
    line.send(Buffer.from(command));
    return await line.until(isAnswer);
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
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly socket: Socket,
    timeoutMs: number,
  ) {
    this.timer = setTimeout(() => this.failed(unresponsive('QEMU guest agent is not connected')), timeoutMs);
    socket.on('error', (cause) => this.failed(unresponsive(cause.message, cause)));
    socket.on('close', () => this.failed(unresponsive('its channel was closed')));
    socket.on('data', (bytes: Buffer) => this.take(bytes));
  }

  send(command: Buffer): void {
    this.socket.write(Buffer.concat([command, Buffer.from('\n')]));
  }

  until(wanted: (text: string) => boolean): Promise<string> {
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
