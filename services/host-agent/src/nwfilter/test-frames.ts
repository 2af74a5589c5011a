import { AF_PACKET, SOCK_NONBLOCK, SOCK_RAW, SystemError, bind, close, receive, send, socket, withNetns } from '@virtbus/libc';
import { getLink, Rtnetlink } from '@virtbus/netlink';

/** Frames as bytes, for tests: what a guest may think up. */
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/[:\s]/g, ''), 'hex');
const ip = (address: string): Buffer => Buffer.from(address.split('.').map(Number));
export const BROADCAST = 'ff:ff:ff:ff:ff:ff';

export const ethernet = (to: string, from: string, type: number, payload: Buffer): Buffer => {
  const header = Buffer.concat([hex(to), hex(from), Buffer.alloc(2)]);
  header.writeUInt16BE(type, 12);
  const frame = Buffer.concat([header, payload]);
  return frame.length < 60 ? Buffer.concat([frame, Buffer.alloc(60 - frame.length)]) : frame;
};

export interface ArpWords {
  readonly opcode?: number;
  readonly mac: string;
  readonly ip: string;
  readonly toMac?: string;
  readonly toIp: string;
}

/** RFC 826; the same for RARP. */
export const arp = ({ opcode = 1, mac, ip: from, toMac = '00:00:00:00:00:00', toIp }: ArpWords): Buffer =>
  Buffer.concat([hex('0001 0800 06 04'), Buffer.from([0, opcode]), hex(mac), ip(from), hex(toMac), ip(toIp)]);

export interface IpWords {
  readonly from: string;
  readonly to: string;
  readonly protocol: number;
  readonly payload: Buffer;
}

export const ipv4 = ({ from, to, protocol, payload }: IpWords): Buffer => {
  const header = Buffer.concat([hex('4500 0000 0000 0000 40'), Buffer.from([protocol]), hex('0000'), ip(from), ip(to)]);
  header.writeUInt16BE(20 + payload.length, 2);
  let sum = 0;
  for (let at = 0; at < 20; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  header.writeUInt16BE(~sum & 0xffff, 10);
  return Buffer.concat([header, payload]);
};

/** From fe80::1 to fe80::2. */
export const ipv6 = (payload: Buffer): Buffer => {
  const header = hex(`60000000 0000 11ff fe80${'0'.repeat(26)}01 fe80${'0'.repeat(26)}02`);
  header.writeUInt16BE(payload.length, 4);
  return Buffer.concat([header, payload]);
};

export const udp = (from: number, to: number, text: string): Buffer => {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(from, 0);
  header.writeUInt16BE(to, 2);
  header.writeUInt16BE(8 + text.length, 4);
  return Buffer.concat([header, Buffer.from(text)]);
};

export const tcp = (from: number, to: number, flags: number): Buffer => {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(from, 0);
  header.writeUInt16BE(to, 2);
  header.writeUInt8(5 << 4, 12);
  header.writeUInt8(flags, 13);
  return header;
};

/** A link inside a namespace, to which frames are given and from which they are taken as they are. */
export class RawLink {
  private readonly buffer = Buffer.alloc(2048);

  private constructor(private readonly fd: number) {}

  static open(netns: string, link = 'eth0'): RawLink {
    const path = `/run/netns/${netns}`;
    const rtnetlink = Rtnetlink.open(path);
    const index = getLink(rtnetlink, link)?.index ?? 0;
    rtnetlink.close();
    const fd = withNetns(path, () => socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0));
    const address = Buffer.alloc(20);
    address.writeUInt16LE(AF_PACKET, 0);
    address.writeUInt16LE(0x0300, 2);
    address.writeInt32LE(index, 4);
    bind(fd, address);
    return new RawLink(fd);
  }

  send(frame: Buffer): void {
    send(this.fd, frame);
  }

  /** All that has come since the last look. */
  taken(): Buffer[] {
    const frames: Buffer[] = [];
    for (;;) {
      try {
        frames.push(Buffer.from(this.buffer.subarray(0, receive(this.fd, this.buffer))));
      } catch (error) {
        if (error instanceof SystemError && error.code === 'EAGAIN') return frames;
        throw error;
      }
    }
  }

  close(): void {
    close(this.fd);
  }
}
