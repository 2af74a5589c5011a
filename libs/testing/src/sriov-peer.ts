import type { Transport } from '@virtbus/netlink';

/**
 * The kernel's side of rtnetlink for a machine with SR-IOV cards, in memory: it answers RTM_GETLINK and carries out RTM_SETLINK for
 * links that a test describes. Requests are read, and answers written, by linux/if_link.h alone: none of our own code helps, so that
 * both cannot be wrong in the same way. `sriov-peer.int.test.ts` compares it with what iproute2 sends and reads.
 */
export interface PeerFunction {
  mac: string;
  vlan: number;
  qos: number;
}

export interface PeerLink {
  readonly index: number;
  readonly name: string;
  mac: string;
  up: boolean;
  /** Of a physical function; a link without them administers none. */
  readonly functions: PeerFunction[];
  /** Addresses that its driver refuses for a function, as many refuse all zeros. */
  readonly refusedMacs?: readonly string[];
}

const [NLMSG_ERROR, NLMSG_DONE] = [2, 3];
const [RTM_NEWLINK, RTM_GETLINK, RTM_SETLINK] = [16, 18, 19];
const [NLM_F_MULTI, NLM_F_DUMP] = [0x2, 0x300];
const [IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_NUM_VF, IFLA_VFINFO_LIST, IFLA_EXT_MASK] = [1, 3, 4, 21, 22, 29];
const [IFLA_VF_INFO, IFLA_VF_MAC, IFLA_VF_VLAN, IFLA_VF_TX_RATE, IFLA_VF_SPOOFCHK] = [1, 1, 2, 3, 4];
const [IFLA_VF_LINK_STATE, IFLA_VF_RATE, IFLA_VF_RSS_QUERY_EN, IFLA_VF_TRUST, IFLA_VF_BROADCAST] = [5, 6, 7, 9, 13];
const RTEXT_FILTER_VF = 1;
const [ENODEV, EINVAL, EAGAIN, EOPNOTSUPP] = [19, 22, 11, 95];
const typeMask = 0x3fff;

type Request = { readonly type: number; readonly flags: number; readonly sequence: number; readonly body: Buffer };

export class SriovPeer {
  /** Every request, whole, in order. */
  readonly requests: Buffer[] = [];
  private readonly answers: Buffer[] = [];

  /** `failure` is thrown by `receive` when nothing waits: the SystemError of EAGAIN, which this library does not make. */
  constructor(
    readonly links: PeerLink[],
    private readonly failure: (errno: number) => Error,
  ) {}

  transport(): Transport {
    return {
      send: (bytes) => this.take(Buffer.from(bytes)),
      sendAsync: async (bytes) => this.take(Buffer.from(bytes)),
      receive: (into) => {
        const next = this.answers.shift();
        if (!next) throw this.failure(EAGAIN);
        next.copy(into);
        return next.length;
      },
      close: () => undefined,
    };
  }

  /** What the kernel says of a link when it is asked for its functions too: one RTM_NEWLINK. */
  describe(name: string): Buffer {
    const link = this.links.find((one) => one.name === name);
    if (!link) throw new RangeError(`the test describes no link ${name}`);
    return message(RTM_NEWLINK, 0, bodyOf(link, true));
  }

  private take(bytes: Buffer): void {
    this.requests.push(bytes);
    const request: Request = {
      type: bytes.readUInt16LE(4),
      flags: bytes.readUInt16LE(6),
      sequence: bytes.readUInt32LE(8),
      body: bytes.subarray(16),
    };
    if (request.type === RTM_GETLINK && (request.flags & NLM_F_DUMP) === NLM_F_DUMP) return this.dump(request);
    const link = this.linkOf(request.body);
    if (!link) return this.status(request, ENODEV);
    if (request.type === RTM_GETLINK) return this.answer(request, bodyOf(link, wantsFunctions(request.body)));
    return this.status(request, request.type === RTM_SETLINK ? change(link, request.body) : EOPNOTSUPP);
  }

  private dump(request: Request): void {
    for (const link of this.links) this.answer(request, bodyOf(link, false), NLM_F_MULTI);
    this.answers.push(message(NLMSG_DONE, request.sequence, Buffer.alloc(4), NLM_F_MULTI));
  }

  private linkOf(body: Buffer): PeerLink | undefined {
    const index = body.readInt32LE(4);
    const name = attributes(body, 16)
      .find(({ type }) => type === IFLA_IFNAME)
      ?.value.toString()
      .replace(/\0.*$/, '');
    return this.links.find((link) => (index === 0 ? link.name === name : link.index === index));
  }

  private answer(request: Request, body: Buffer, flags = 0): void {
    this.answers.push(message(RTM_NEWLINK, request.sequence, body, flags));
  }

  private status(request: Request, errno: number): void {
    const body = Buffer.alloc(20);
    body.writeInt32LE(-errno, 0);
    this.answers.push(message(NLMSG_ERROR, request.sequence, body));
  }
}

/** Answers an errno; a refused request changes nothing, as do_setlink's does not up to the refusal. */
function change(link: PeerLink, body: Buffer): number {
  const given = attributes(body, 16);
  const [flags, mask] = [body.readUInt32LE(8), body.readUInt32LE(12)];
  for (const { value } of given.filter(({ type }) => type === IFLA_VFINFO_LIST)) {
    const errno = changeFunctions(link, value);
    if (errno !== 0) return errno;
  }
  const mac = given.find(({ type }) => type === IFLA_ADDRESS);
  if (mac) link.mac = macText(mac.value);
  if ((mask & 1) !== 0) link.up = (flags & 1) !== 0;
  return 0;
}

function changeFunctions(link: PeerLink, list: Buffer): number {
  if (link.functions.length === 0) return EOPNOTSUPP;
  for (const { value } of attributes(list).filter(({ type }) => type === IFLA_VF_INFO)) {
    for (const one of attributes(value)) {
      const errno = changeFunction(link, one);
      if (errno !== 0) return errno;
    }
  }
  return 0;
}

function changeFunction(link: PeerLink, { type, value }: Attribute): number {
  const target = link.functions[value.readUInt32LE(0)];
  if (!target) return EINVAL;
  if (type === IFLA_VF_MAC) {
    const mac = macText(value.subarray(4, 10));
    if (link.refusedMacs?.includes(mac)) return EINVAL;
    target.mac = mac;
  } else if (type === IFLA_VF_VLAN) {
    const vlan = value.readUInt32LE(4);
    if (vlan > 4095) return EINVAL;
    target.vlan = vlan;
    target.qos = value.readUInt32LE(8);
  } else return EOPNOTSUPP;
  return 0;
}

const wantsFunctions = (body: Buffer): boolean =>
  attributes(body, 16).some(({ type, value }) => type === IFLA_EXT_MASK && (value.readUInt32LE(0) & RTEXT_FILTER_VF) !== 0);

function bodyOf(link: PeerLink, withFunctions: boolean): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt16LE(1, 2);
  header.writeInt32LE(link.index, 4);
  header.writeUInt32LE(link.up ? 1 : 0, 8);
  const functions = link.functions.map((one, number) => nest(IFLA_VF_INFO, functionAttributes(one, number)));
  return Buffer.concat([
    header,
    attribute(IFLA_IFNAME, Buffer.from(`${link.name}\0`)),
    attribute(IFLA_MTU, u32(1500)),
    attribute(IFLA_ADDRESS, macBytes(link.mac)),
    ...(withFunctions && functions.length > 0 ? [attribute(IFLA_NUM_VF, u32(functions.length)), nest(IFLA_VFINFO_LIST, functions)] : []),
  ]);
}

/** Each is a structure that begins with the function's number. */
function functionAttributes(one: PeerFunction, number: number): Buffer[] {
  return [
    attribute(IFLA_VF_MAC, Buffer.concat([u32(number), macBytes(one.mac), Buffer.alloc(26)])),
    attribute(IFLA_VF_BROADCAST, Buffer.concat([macBytes('ff:ff:ff:ff:ff:ff'), Buffer.alloc(26)])),
    attribute(IFLA_VF_VLAN, u32(number, one.vlan, one.qos)),
    attribute(IFLA_VF_RATE, u32(number, 0, 0)),
    attribute(IFLA_VF_TX_RATE, u32(number, 0)),
    attribute(IFLA_VF_SPOOFCHK, u32(number, 1)),
    attribute(IFLA_VF_LINK_STATE, u32(number, 0)),
    attribute(IFLA_VF_RSS_QUERY_EN, u32(number, 0)),
    attribute(IFLA_VF_TRUST, u32(number, 0)),
  ];
}

interface Attribute {
  readonly type: number;
  readonly value: Buffer;
}

function attributes(bytes: Buffer, from = 0): Attribute[] {
  const found: Attribute[] = [];
  for (let at = from; at < bytes.length; at += (bytes.readUInt16LE(at) + 3) & ~3)
    found.push({ type: bytes.readUInt16LE(at + 2) & typeMask, value: bytes.subarray(at + 4, at + bytes.readUInt16LE(at)) });
  return found;
}

function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc((4 + value.length + 3) & ~3);
  bytes.writeUInt16LE(4 + value.length, 0);
  bytes.writeUInt16LE(type, 2);
  value.copy(bytes, 4);
  return bytes;
}

/** The kernel marks these two lists as nested in no way (nla_nest_start_noflag), and iproute2 knows them only so. */
const nest = (type: number, members: readonly Buffer[]): Buffer => attribute(type, Buffer.concat(members));

function message(type: number, sequence: number, body: Buffer, flags = 0): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(16 + body.length, 0);
  header.writeUInt16LE(type, 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt32LE(sequence, 8);
  return Buffer.concat([header, body]);
}

const u32 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32LE(value, 4 * index));
  return bytes;
};
const macBytes = (mac: string): Buffer => Buffer.from(mac.replaceAll(':', ''), 'hex');
const macText = (bytes: Uint8Array): string => [...bytes.subarray(0, 6)].map((one) => one.toString(16).padStart(2, '0')).join(':');
