/** What a frame on a guest's link says of the guest's address. */
import type { LearningMode } from './learning-filter.js';

export interface Learned {
  readonly address: string;
  /** Seconds that a DHCP server has lent it for; absent when nobody has said. */
  readonly leaseSeconds?: number;
}

const ETHERNET_BYTES = 14;
const [IPV4, ARP] = [0x0800, 0x0806];
const UDP = 17;
const UDP_BYTES = 8;
const DHCP_SERVER_PORT = 67;
/** RFC 2131. */
const bootp = { reply: 2, yourAddress: 16, hardwareAddress: 28, options: 240 } as const;
const option = { pad: 0, leaseTime: 51, messageType: 53, end: 255 } as const;
const ACK = 5;

const addressAt = (bytes: Uint8Array, at: number): string | undefined => {
  const octets = bytes.subarray(at, at + 4);
  const isNone = octets.length < 4 || octets.every((octet) => octet === 0);
  return isNone ? undefined : octets.join('.');
};

const macAt = (bytes: Uint8Array, at: number): string =>
  [...bytes.subarray(at, at + 6)].map((octet) => octet.toString(16).padStart(2, '0')).join(':');

/** undefined when it says nothing. A DHCP server's word is heard in both modes; what the guest sends, in mode `any` only. */
export function learnedFrom(frame: Buffer, mac: string, mode: LearningMode): Learned | undefined {
  if (frame.length < ETHERNET_BYTES + 20) return undefined;
  return leaseIn(frame, mac) ?? (mode === 'any' && macAt(frame, 6) === mac ? ownAddressIn(frame) : undefined);
}

function ownAddressIn(frame: Buffer): Learned | undefined {
  const type = frame.readUInt16BE(12);
  const at = type === IPV4 ? ETHERNET_BYTES + 12 : type === ARP ? ETHERNET_BYTES + 14 : undefined;
  const address = at === undefined ? undefined : addressAt(frame, at);
  return address === undefined || isGroup(address) ? undefined : { address };
}

const isGroup = (address: string): boolean => Number(address.split('.')[0]) >= 224;

function leaseIn(frame: Buffer, mac: string): Learned | undefined {
  const message = answerOfServer(frame);
  if (message?.[0] !== bootp.reply || macAt(message, bootp.hardwareAddress) !== mac) return undefined;
  const options = optionsIn(message.subarray(bootp.options));
  const address = addressAt(message, bootp.yourAddress);
  if (options.get(option.messageType)?.[0] !== ACK || address === undefined) return undefined;
  const lease = options.get(option.leaseTime);
  return { address, ...(lease?.length === 4 ? { leaseSeconds: lease.readUInt32BE(0) } : {}) };
}

/** What a DHCP server has put into the frame. */
function answerOfServer(frame: Buffer): Buffer | undefined {
  if (frame.readUInt16BE(12) !== IPV4 || frame[ETHERNET_BYTES + 9] !== UDP) return undefined;
  const udp = ETHERNET_BYTES + ((frame[ETHERNET_BYTES] ?? 0) & 0x0f) * 4;
  const isTooShort = frame.length < udp + UDP_BYTES + bootp.options;
  return isTooShort || frame.readUInt16BE(udp) !== DHCP_SERVER_PORT ? undefined : frame.subarray(udp + UDP_BYTES);
}

function optionsIn(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length && bytes[at] !== option.end;) {
    const code = bytes[at] ?? option.end;
    const length = code === option.pad ? 0 : (bytes[at + 1] ?? 0);
    if (code !== option.pad) found.set(code, bytes.subarray(at + 2, at + 2 + length));
    at += code === option.pad ? 1 : 2 + length;
  }
  return found;
}
