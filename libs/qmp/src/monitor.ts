import type { Socket } from 'node:net';
import { openSocket } from './connect.js';
import { CommandTimeout, MonitorClosed, ProtocolError } from './errors.js';
import { deferred } from './deferred.js';
import type { QmpCommands } from './commands.js';
import type { QmpEvent, QmpEvents } from './events.js';
import { LineSplitter } from './lines.js';
import { Listeners, type Unsubscribe } from './listeners.js';
import { parseMessage, type Greeting, type QmpMessage } from './messages.js';
import { Outlet } from './outlet.js';
import { PendingCommands } from './pending.js';

const COMMAND_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 30_000;
/** As libvirt limits an answer; `query-qmp-schema`, the largest that is not the guest's, has a quarter of a megabyte. */
const MAX_LINE_BYTES = 10 * 1024 * 1024;

export interface ConnectOptions {
  /** Up to command mode, all together. 30 000 when absent. */
  readonly timeoutMs?: number;
  /** Ends the attempt early, for example when QEMU has ended. */
  readonly signal?: AbortSignal;
  /** Try again while the socket is absent or refuses. False when absent: a listening socket that was made beforehand needs no retry. */
  readonly retry?: boolean;
  /** Bound on one line from QEMU, in bytes. 10 MiB when absent. */
  readonly maxLineBytes?: number;
}

export interface CommandOptions {
  /** 30 000 when absent. */
  readonly timeoutMs?: number;
}

type Given<Name extends keyof QmpCommands> = QmpCommands[Name] extends { arguments: infer Arguments extends object }
  ? [given: Arguments, options?: CommandOptions]
  : [given?: Readonly<Record<string, never>>, options?: CommandOptions];

type Answer<Name extends keyof QmpCommands> = QmpCommands[Name]['returns'];

/**
 * A QMP client on one monitor socket. Commands may overlap; QEMU answers them in order. Events are told synchronously in the order in
 * which they arrive, so a listener hears an event that came before a command's answer before that command's promise continues.
 * Answers are typed but not verified: QEMU is trusted to keep to its schema, though its guest is not trusted to be brief.
 */
export class Monitor {
  readonly #socket: Socket;
  readonly #outlet: Outlet;
  readonly #lines: LineSplitter;
  readonly #pending = new PendingCommands();
  readonly #listeners = new Listeners<QmpEvent>();
  readonly #greeted = deferred<Greeting>();
  readonly #closed = deferred<MonitorClosed>();
  #greeting: Greeting | undefined;
  #cause: Error | undefined;

  private constructor(socket: Socket, maxLineBytes: number) {
    this.#socket = socket;
    this.#outlet = new Outlet(socket);
    this.#lines = new LineSplitter(maxLineBytes);
    this.#greeted.promise.catch(() => undefined);
    // Permanent: a QEMU that quits resets the connection, at any moment of it.
    socket.on('error', (error) => (this.#cause ??= error));
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('close', () => this.#ended());
  }

  /**
   * Connects, takes the greeting and enters command mode.
   * @throws ConnectFailed nobody listens; CommandTimeout it never greeted (held by another client, or hung); MonitorClosed it went away
   */
  static async connect(path: string, options: ConnectOptions = {}): Promise<Monitor> {
    const { timeoutMs = CONNECT_TIMEOUT_MS, retry = false, maxLineBytes = MAX_LINE_BYTES } = options;
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = options.signal ? AbortSignal.any([deadline, options.signal]) : deadline;
    const monitor = new Monitor(await openSocket(path, signal, retry), maxLineBytes);
    const giveUp = () =>
      monitor.#fail(deadline.aborted ? new CommandTimeout('greeting', timeoutMs) : new MonitorClosed('the attempt was ended'));
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      signal.throwIfAborted();
      await monitor.#negotiate();
      return monitor;
    } catch (error) {
      monitor.close();
      throw deadline.aborted ? new CommandTimeout('greeting', timeoutMs) : error;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  get greeting(): Greeting {
    if (!this.#greeting) throw new Error('a monitor is handed out only after its greeting');
    return this.#greeting;
  }

  /** Resolves with the reason when the monitor is closed, from either side. Never rejects. */
  get closed(): Promise<MonitorClosed> {
    return this.#closed.promise;
  }

  /** @throws QmpError QEMU refuses; CommandTimeout; MonitorClosed */
  execute<Name extends keyof QmpCommands>(command: Name, ...[given, options]: Given<Name>): Promise<Answer<Name>> {
    return this.#send(command, given, options, []);
  }

  /** As `execute`, with descriptors that QEMU duplicates (`getfd`, `add-fd`). They stay the caller's to close. */
  executeWithDescriptors<Name extends keyof QmpCommands>(
    command: Name,
    descriptors: readonly number[],
    ...[given, options]: Given<Name>
  ): Promise<Answer<Name>> {
    return this.#send(command, given, options, descriptors);
  }

  /** Any command, untyped. */
  call(command: string, given?: object, options?: CommandOptions): Promise<unknown> {
    return this.#send(command, given, options, []);
  }

  /** Every event, in order. */
  onEvent(listener: (event: QmpEvent) => void): Unsubscribe {
    return this.#listeners.add(listener);
  }

  on<Name extends keyof QmpEvents>(name: Name, listener: (event: QmpEvent<QmpEvents[Name]>) => void): Unsubscribe;
  on(name: string, listener: (event: QmpEvent) => void): Unsubscribe {
    return this.#listeners.add((event) => {
      if (event.event === name) listener(event);
    });
  }

  /** Hangs up. QEMU runs on and listens for the next client. */
  close(): void {
    this.#socket.destroy();
  }

  async #negotiate(): Promise<void> {
    this.#greeting = await this.#greeted.promise;
    await this.execute('qmp_capabilities');
  }

  async #send(command: string, given: object | undefined, options: CommandOptions = {}, descriptors: readonly number[]): Promise<unknown> {
    const { id, answer } = this.#pending.open(command, options.timeoutMs ?? COMMAND_TIMEOUT_MS);
    const line = Buffer.from(`${JSON.stringify({ execute: command, arguments: given, id })}\n`);
    this.#outlet.send(line, descriptors).catch((error: Error) => this.#pending.fail(id, this.#broken(error)));
    return answer;
  }

  #read(chunk: Buffer): void {
    try {
      for (const line of this.#lines.push(chunk)) this.#take(parseMessage(line));
    } catch (error) {
      this.#fail(error instanceof Error ? error : new ProtocolError(String(error)));
    }
  }

  #take(message: QmpMessage): void {
    switch (message.type) {
      case 'greeting':
        return this.#greeted.resolve(message.greeting);
      case 'event':
        return this.#listeners.tell(message.event);
      case 'return':
        return this.#pending.resolve(message.id, message.value);
      case 'error':
        if (message.id === undefined) throw new ProtocolError(`QEMU could not read a command: ${message.desc}`);
        return this.#pending.refuse(message.id, message.class, message.desc);
    }
  }

  #fail(cause: Error): void {
    this.#cause ??= cause;
    this.#socket.destroy();
  }

  #broken(error: Error): Error {
    return this.#socket.destroyed ? this.#closedBecause(error) : error;
  }

  #closedBecause(cause: Error | undefined): MonitorClosed {
    return new MonitorClosed(cause ? `the monitor is closed: ${cause.message}` : 'the monitor is closed', { cause });
  }

  #ended(): void {
    const end = this.#closedBecause(this.#cause);
    this.#greeted.reject(end);
    this.#pending.failAll(end);
    this.#closed.resolve(end);
  }
}
