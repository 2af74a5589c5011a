import { SystemError } from '@virtbus/libc';
import { NLMSG_DONE, NLMSG_ERROR, NLMSG_NOOP, NLMSGERR_ATTR_MSG, NLM_F_ACK_TLVS, NLM_F_CAPPED, NLM_F_DUMP_INTR } from './constants.js';
import { counted, type Traffic } from './counted.js';
import { MalformedMessage, attributesIn, messagesIn, textOf, type Received } from './decode.js';
import type { Message } from './message.js';
import { requestName } from './request-name.js';
import { openTransport, type Transport } from './transport.js';

/** The kernel refused a request. `detail` is its own sentence, where it gave one. */
export class NetlinkError extends SystemError {
  override readonly name = 'NetlinkError';

  constructor(
    request: string,
    errno: number,
    subject: string | undefined,
    readonly detail?: string,
  ) {
    super(request, errno, subject);
    if (detail !== undefined) this.message += ` (${detail})`;
  }
}

/** The kernel gives up to 32 KiB at once in a dump. */
const receiveBytes = 65_536;
/** A table that changes while it is dumped is dumped again; a table that always changes is an error. */
const dumpAttempts = 16;
const EINTR = 4;
const ENOBUFS = 105;

type Reader<T> = (payload: Buffer, type: number) => T | undefined;

/**
 * Requests to rtnetlink (rtnetlink(7)) in one network namespace. Every call is synchronous and takes 10 to 200 µs, except that
 * whatever takes the kernel's RTNL lock waits for who holds it; `requestAsync` is for what holds it long.
 * One caller at a time: a promise from `requestAsync` must settle before the next call on the same instance.
 */
export class Rtnetlink {
  private readonly received = Buffer.alloc(receiveBytes);
  private sequence = 0;

  constructor(private readonly transport: Transport) {}

  /**
   * `traffic` is told of every message, for measurements.
   * @throws SystemError, also when the namespace, a path such as `/run/netns/blue`, does not exist
   */
  static open(netns?: string, traffic?: Traffic): Rtnetlink {
    const transport = openTransport(netns);
    return new Rtnetlink(traffic ? counted(transport, traffic) : transport);
  }

  close(): void {
    this.transport.close();
  }

  /** Has the kernel do something; `subject` names in errors what it was about. @throws NetlinkError */
  request(message: Message, subject?: string): void {
    this.transport.send(message.finish(++this.sequence));
    this.answers(message, subject, () => undefined);
  }

  /** The same without holding the event loop. @throws NetlinkError */
  async requestAsync(message: Message, subject?: string): Promise<void> {
    await this.transport.sendAsync(message.finish(++this.sequence));
    this.answers(message, subject, () => undefined);
  }

  /** Asks for one thing. @throws NetlinkError ENODEV and the like */
  get<T>(message: Message, read: Reader<T>, subject?: string): T | undefined {
    this.transport.send(message.finish(++this.sequence));
    return this.answers(message, subject, read)[0];
  }

  /** Asks for a whole table, again when it changed meanwhile or the answer was lost. @throws NetlinkError */
  dump<T>(message: Message, read: Reader<T>): T[] {
    for (let attempt = 0; attempt < dumpAttempts; attempt++) {
      const found = this.dumpOnce(message, read);
      if (found) return found;
    }
    throw new NetlinkError(requestName(message.type), EINTR, undefined, `the table changed during ${dumpAttempts} dumps`);
  }

  /** Undefined when the table changed meanwhile. The dump is read to its end in any case: until then the kernel refuses another. */
  private dumpOnce<T>(message: Message, read: Reader<T>): T[] | undefined {
    try {
      this.transport.send(message.finish(++this.sequence));
      return this.dumped(message, read);
    } catch (error) {
      this.drain();
      throw error;
    }
  }

  private dumped<T>(message: Message, read: Reader<T>): T[] | undefined {
    const found: T[] = [];
    let consistent = true;
    for (;;) {
      const datagram = this.receive();
      if (datagram === 'lost') consistent = false;
      if (datagram === 'nothing') return undefined;
      for (const received of this.mine(datagram)) {
        throwIfFailed(message, received, undefined);
        if ((received.flags & NLM_F_DUMP_INTR) !== 0) consistent = false;
        if (received.type === NLMSG_DONE) return consistent ? found : undefined;
        collect(found, received, read);
      }
    }
  }

  private drain(): void {
    while (this.receive() !== 'nothing');
  }

  private answers<T>(message: Message, subject: string | undefined, read: Reader<T>): T[] {
    for (;;) {
      const datagram = this.receive();
      if (datagram === 'nothing') throw new NetlinkError(requestName(message.type), ENOBUFS, subject, 'the answer was lost');
      const received = this.mine(datagram);
      received.forEach((one) => throwIfFailed(message, one, subject));
      if (received.length > 0) return received.flatMap((one) => (one.type === NLMSG_ERROR ? [] : (read(one.payload, one.type) ?? [])));
    }
  }

  /** A datagram; `lost` when the kernel had to drop one, `nothing` when no more waits. */
  private receive(): Buffer | 'lost' | 'nothing' {
    try {
      const length = this.transport.receive(this.received);
      if (length > this.received.length)
        throw new MalformedMessage(`an answer of ${length} bytes does not fit into ${this.received.length}`);
      return this.received.subarray(0, length);
    } catch (error) {
      if (error instanceof SystemError && error.code === 'ENOBUFS') return 'lost';
      if (error instanceof SystemError && error.code === 'EAGAIN') return 'nothing';
      throw error;
    }
  }

  /** Answers to an earlier request may still come when that one was given up. */
  private mine(datagram: Buffer | 'lost'): Received[] {
    if (datagram === 'lost') return [];
    return messagesIn(datagram).filter(({ sequence, type }) => sequence === this.sequence && type !== NLMSG_NOOP);
  }
}

function collect<T>(found: T[], received: Received, read: Reader<T>): void {
  const value = read(received.payload, received.type);
  if (value !== undefined) found.push(value);
}

/** `struct nlmsgerr`, or the status behind NLMSG_DONE; attributes may follow either. */
function throwIfFailed(message: Message, received: Received, subject: string | undefined): void {
  if (received.type !== NLMSG_ERROR && received.type !== NLMSG_DONE) return;
  if (received.payload.length < 4) throw new MalformedMessage('an acknowledgement without a status');
  const status = received.payload.readInt32LE(0);
  if (status >= 0) return;
  throw new NetlinkError(requestName(message.type), -status, subject, detailOf(received));
}

function detailOf(received: Received): string | undefined {
  if ((received.flags & NLM_F_ACK_TLVS) === 0) return undefined;
  if (received.type === NLMSG_DONE) return textOf(attributesIn(received.payload, 4).get(NLMSGERR_ATTR_MSG));
  const echoed = (received.flags & NLM_F_CAPPED) === 0 ? received.payload.readUInt32LE(4) : 16;
  return textOf(attributesIn(received.payload, 4 + echoed).get(NLMSGERR_ATTR_MSG));
}
