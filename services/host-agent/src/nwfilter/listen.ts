import {
  AF_PACKET,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SystemError,
  attachFilter,
  bind,
  close,
  prepared,
  receive,
  socket,
  withNetns,
  type FilterInstruction,
} from '@virtbus/libc';
import type { LearningMode } from '../core/nwfilter/learning-filter.js';

/** linux/if_ether.h, in network order. */
const ETH_P_ALL = 0x0300;
const load = { half: 0x28, byte: 0x30, halfIndexed: 0x48, headerLength: 0xb1 } as const;
const jump = { equal: 0x15, anyBit: 0x45 } as const;
const answer = (bytes: number): FilterInstruction => ({ code: 0x06, operand: bytes });
const frameBytes = 2048;

/** bpf(4) programs: what a guest may say of itself, or what a DHCP server says to it. */
const programs: Readonly<Record<LearningMode, readonly FilterInstruction[]>> = {
  any: [
    { code: load.half, operand: 12 },
    { code: jump.equal, ifTrue: 1, operand: 0x0800 },
    { code: jump.equal, ifFalse: 1, operand: 0x0806 },
    answer(frameBytes),
    answer(0),
  ],
  dhcp: [
    { code: load.half, operand: 12 },
    { code: jump.equal, ifFalse: 8, operand: 0x0800 },
    { code: load.byte, operand: 23 },
    { code: jump.equal, ifFalse: 6, operand: 17 },
    { code: load.half, operand: 20 },
    { code: jump.anyBit, ifTrue: 4, operand: 0x1fff },
    { code: load.headerLength, operand: 14 },
    { code: load.halfIndexed, operand: 14 },
    { code: jump.equal, ifFalse: 1, operand: 67 },
    answer(frameBytes),
    answer(0),
  ],
};

function packetAddress(index: number): Uint8Array {
  const address = Buffer.alloc(20);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16LE(ETH_P_ALL, 2);
  address.writeInt32LE(index, 4);
  return address;
}

/** Frames of a link, both ways, before any filter of the host has dropped one. */
export class Listening {
  private readonly buffer = Buffer.alloc(frameBytes);

  private constructor(private readonly fd: number) {}

  /** @throws SystemError */
  static on(netns: string | undefined, index: number, mode: LearningMode): Listening {
    const fd = withNetns(netns, () => socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0));
    prepared(fd, () => {
      attachFilter(fd, programs[mode]);
      bind(fd, packetAddress(index));
    });
    return new Listening(fd);
  }

  /** The next frame that has come; a view, until the one after. Undefined when none waits, or the link is gone. */
  next(): Buffer | undefined {
    try {
      return this.buffer.subarray(0, Math.min(receive(this.fd, this.buffer), frameBytes));
    } catch (error) {
      if (error instanceof SystemError && ['EAGAIN', 'ENETDOWN', 'ENODEV', 'ENXIO'].includes(error.code)) return undefined;
      throw error;
    }
  }

  close(): void {
    close(this.fd);
  }
}
