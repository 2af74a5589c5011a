import { AF_PACKET, SOCK_NONBLOCK, SOCK_RAW, SystemError, bind, close, send, socket, withNetns } from '@virtbus/libc';
import { PacketLog } from '@virtbus/netlink';
import { rejectGroup } from '../core/nwfilter/filter-text.js';
import { enoughToAnswer, unreachable } from '../core/nwfilter/unreachable.js';
import type { HostLog } from '../ports.js';

/** How often it is looked for rejected packets: Node cannot wait for a socket that it did not make. */
const LOOK_MS = 50;
/** As many at once; the rules hand over a hundred a second each. */
const PACKETS_AT_ONCE = 64;
/** What a link refuses that has gone, is down, or is full. */
const lostOnTheWay: readonly string[] = ['ENETDOWN', 'ENODEV', 'ENXIO', 'ENOBUFS', 'EAGAIN'];

/**
 * Answers packets that filters reject. nftables can do so on a bridge in some of its hooks, on some kernels; what it drops it can tell
 * of everywhere. Without this process packets are dropped all the same, in silence.
 */
export class Rejections {
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly need: { readonly netns: string | undefined; readonly log: HostLog },
    private readonly packets: PacketLog,
  ) {
    this.timer = setInterval(() => this.look(), LOOK_MS);
    this.timer.unref();
  }

  /** Undefined, with a warning, where nobody can be told: somebody else has the group, or the kernel has none. */
  static open(need: { readonly netns: string | undefined; readonly log: HostLog }): Rejections | undefined {
    try {
      return new Rejections(need, PacketLog.open(need.netns, { group: rejectGroup, copyBytes: enoughToAnswer }));
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      need.log.warn(`packets that filters reject are dropped in silence: ${error.message}`);
      return undefined;
    }
  }

  close(): void {
    clearInterval(this.timer);
    this.packets.close();
  }

  private look(): void {
    try {
      for (let count = 0; count < PACKETS_AT_ONCE; count += 1) {
        const rejected = this.packets.next();
        if (!rejected) return;
        const answer = unreachable(rejected);
        if (answer) this.say(rejected.link, answer);
      }
    } catch (error) {
      this.need.log.error('a rejected packet cannot be answered', error);
    }
  }

  private say(link: number, frame: Buffer): void {
    const fd = withNetns(this.need.netns, () => socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0));
    try {
      // Bound to no protocol: nothing is received.
      const address = Buffer.alloc(20);
      address.writeUInt16LE(AF_PACKET, 0);
      address.writeInt32LE(link, 4);
      bind(fd, address);
      send(fd, frame);
    } catch (error) {
      if (!(error instanceof SystemError) || !lostOnTheWay.includes(error.code)) throw error;
    } finally {
      close(fd);
    }
  }
}
