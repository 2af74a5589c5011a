/**
 * Traffic control over rtnetlink: as much of tc(8) as shaping the traffic of guests needs, without a process per step. Handles are
 * numbers `major << 16 | minor`; rates are bytes a second.
 */
import * as c from './constants.js';
import { attributesIn, nested, numberOf, optional, textOf } from './decode.js';
import type { LinkRef } from './links.js';
import { Message } from './message.js';
import { parseMac } from './net-text.js';
import { unless } from './refusal.js';
import { NetlinkError, type Rtnetlink } from './rtnetlink.js';
import { bytesInTicks, transmissionTicks } from './traffic-time.js';

const change = c.NLM_F_REQUEST | c.NLM_F_ACK;
const creation = change | c.NLM_F_CREATE;
/** What one Ethernet frame may take of an empty bucket: tc's own default for a burst. */
const defaultBurstBytes = 1600;

export interface HtbClass {
  readonly handle: number;
  readonly parent: number;
  readonly rate: number;
  readonly ceil: number;
  readonly burstBytes?: number;
  /** How much of what others leave it takes at a turn, in bytes. */
  readonly quantum: number;
}

export interface Qdisc {
  readonly kind: string;
  readonly handle: number;
  readonly parent: number;
}

/** A filter for all that a link receives: handed over to another link, or counted against a rate. */
export interface IngressFilter {
  readonly redirectTo?: number;
  readonly policedRate?: number;
}

const kind = (message: Message, name: string): Message => message.text(c.TCA.KIND, name);

/** Makes a hierarchical token bucket the link's root, in place of another. What no filter sorts goes to the class `1:defaultMinor`. */
export function setHtbRoot(rtnetlink: Rtnetlink, link: LinkRef, root: { readonly handle: number; readonly defaultMinor: number }): void {
  const options = Buffer.alloc(20);
  options.writeUInt32LE(3, 0);
  options.writeUInt32LE(10, 4);
  options.writeUInt32LE(root.defaultMinor, 8);
  const message = new Message(c.RTM_NEWQDISC, creation | c.NLM_F_REPLACE);
  message.trafficHeader({ index: link.index, handle: root.handle, parent: c.TC_H_ROOT });
  kind(message, 'htb').nest(c.TCA.OPTIONS, () => message.bytes(c.TCA_HTB.INIT, options));
  rtnetlink.request(message, link.name);
}

/** Answers false when the link has none but the kernel's own. */
export const removeRootQdisc = (rtnetlink: Rtnetlink, link: LinkRef): boolean =>
  unlessNone(() =>
    rtnetlink.request(new Message(c.RTM_DELQDISC, change).trafficHeader({ index: link.index, parent: c.TC_H_ROOT }), link.name),
  );

/** The kernel's answer to the removal of what is not there differs between kinds. */
function unlessNone(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (error instanceof NetlinkError && ['ENOENT', 'EINVAL', 'ENODEV'].includes(error.code)) return false;
    throw error;
  }
}

/** A queue below a class, fair between flows. Answers `unsupported` where the kernel has no such kind: the class keeps its plain queue. */
export function addQueue(
  rtnetlink: Rtnetlink,
  link: LinkRef,
  at: { readonly handle: number; readonly parent: number },
): 'done' | 'unsupported' {
  const options = Buffer.alloc(72);
  options.writeUInt32LE(10, 4);
  const message = new Message(c.RTM_NEWQDISC, creation | c.NLM_F_REPLACE).trafficHeader({ index: link.index, ...at });
  kind(message, 'sfq').bytes(c.TCA.OPTIONS, options);
  return unless('ENOENT', () => rtnetlink.request(message, link.name)) ? 'done' : 'unsupported';
}

/** `struct tc_ratespec` for frames of Ethernet, which needs no table. */
function rateSpec(rate: number, cellLog = 0): Buffer {
  const spec = Buffer.alloc(12);
  spec.writeUInt8(cellLog, 0);
  spec.writeUInt8(c.TC_LINKLAYER_ETHERNET, 1);
  if (cellLog > 0) spec.writeInt16LE(-1, 4);
  spec.writeUInt32LE(Math.min(rate, 0xffff_ffff), 8);
  return spec;
}

const wide = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

/** Makes a class, or changes it. */
export function setHtbClass(rtnetlink: Rtnetlink, link: LinkRef, one: HtbClass): void {
  const numbers = Buffer.alloc(20);
  numbers.writeUInt32LE(transmissionTicks(one.burstBytes ?? defaultBurstBytes, one.rate), 0);
  numbers.writeUInt32LE(transmissionTicks(defaultBurstBytes, one.ceil), 4);
  numbers.writeUInt32LE(one.quantum, 8);
  const message = new Message(c.RTM_NEWTCLASS, creation).trafficHeader({ index: link.index, handle: one.handle, parent: one.parent });
  kind(message, 'htb').nest(c.TCA.OPTIONS, () => {
    message.bytes(c.TCA_HTB.PARMS, Buffer.concat([rateSpec(one.rate), rateSpec(one.ceil), numbers]));
    if (one.rate > 0xffff_ffff) message.bytes(c.TCA_HTB.RATE64, wide(one.rate));
    if (one.ceil > 0xffff_ffff) message.bytes(c.TCA_HTB.CEIL64, wide(one.ceil));
  });
  rtnetlink.request(message, link.name);
}

export const removeClass = (rtnetlink: Rtnetlink, link: LinkRef, handle: number): boolean =>
  unlessNone(() => rtnetlink.request(new Message(c.RTM_DELTCLASS, change).trafficHeader({ index: link.index, handle }), link.name));

/** The hook for what a link receives. Answers false when it is there. */
export function addIngress(rtnetlink: Rtnetlink, link: LinkRef): boolean {
  const message = new Message(c.RTM_NEWQDISC, creation | c.NLM_F_EXCL);
  message.trafficHeader({ index: link.index, handle: c.TC_INGRESS, parent: c.TC_H_INGRESS });
  return unless('EEXIST', () => rtnetlink.request(kind(message, 'ingress'), link.name));
}

/** Filters go along. */
export const removeIngress = (rtnetlink: Rtnetlink, link: LinkRef): boolean =>
  unlessNone(() =>
    rtnetlink.request(
      new Message(c.RTM_DELQDISC, change).trafficHeader({ index: link.index, handle: c.TC_INGRESS, parent: c.TC_H_INGRESS }),
      link.name,
    ),
  );

interface Key {
  readonly mask: number;
  readonly value: number;
  /** From the network header, in bytes. */
  readonly offset: number;
}

/** `struct tc_u32_sel`; masks and values are in network order. */
function selector(keys: readonly Key[]): Buffer {
  const bytes = Buffer.alloc(16 + keys.length * 16);
  bytes.writeUInt8(c.TC_U32_TERMINAL, 0);
  bytes.writeUInt8(keys.length, 2);
  for (const [index, { mask, value, offset }] of keys.entries()) {
    bytes.writeUInt32BE(mask, 16 + index * 16);
    bytes.writeUInt32BE(value, 20 + index * 16);
    bytes.writeInt32LE(offset, 24 + index * 16);
  }
  return bytes;
}

const everything: readonly Key[] = [{ mask: 0, value: 0, offset: 0 }];

/** `TC_H_MAKE(priority << 16, htons(protocol))`. */
const filterInfo = (priority: number, protocol: number): number => ((priority << 16) | ((protocol & 0xff) << 8) | (protocol >> 8)) >>> 0;

/** Hands all that a link receives to another link, whose queues shape it. @throws NetlinkError ENOENT where the kernel cannot */
export function addRedirect(rtnetlink: Rtnetlink, link: LinkRef, to: LinkRef): void {
  const parameters = Buffer.alloc(28);
  parameters.writeInt32LE(c.TC_ACT_STOLEN, 8);
  parameters.writeInt32LE(c.TCA_EGRESS_REDIR, 20);
  parameters.writeUInt32LE(to.index, 24);
  ingressFilter(rtnetlink, link, (message) =>
    message.nest(c.TCA_U32.ACT, () =>
      message.nest(1, () => {
        message.text(c.TCA_ACT.KIND, 'mirred').nest(c.TCA_ACT.OPTIONS, () => message.bytes(c.TCA_MIRRED_PARMS, parameters));
      }),
    ),
  );
}

/** The largest packet that is counted: a segment that the network card would cut up. */
const policedMtuBytes = 65_536;
const policedCellLog = 9;
const tableCells = 256;

/**
 * Drops what a link receives beyond a rate. Answers `unsupported` where the kernel has no such action.
 * @throws NetlinkError
 */
export function addPolice(
  rtnetlink: Rtnetlink,
  link: LinkRef,
  limit: { readonly rate: number; readonly burstBytes: number },
): 'done' | 'unsupported' {
  const parameters = Buffer.alloc(56);
  parameters.writeInt32LE(c.TC_POLICE_SHOT, 4);
  parameters.writeUInt32LE(transmissionTicks(limit.burstBytes, limit.rate), 12);
  parameters.writeUInt32LE(policedMtuBytes, 16);
  rateSpec(limit.rate, policedCellLog).copy(parameters, 20);
  const table = Buffer.alloc(tableCells * 4);
  for (let cell = 0; cell < tableCells; cell++) {
    table.writeUInt32LE(transmissionTicks((cell + 1) << policedCellLog, limit.rate), cell * 4);
  }
  const write = (message: Message): Message =>
    message
      .nest(c.TCA_U32.POLICE, () => message.bytes(c.TCA_POLICE.TBF, parameters).bytes(c.TCA_POLICE.RATE, table))
      .number(c.TCA_U32.CLASSID, 1);
  return unless('ENOENT', () => ingressFilter(rtnetlink, link, write)) ? 'done' : 'unsupported';
}

const ingressCapacity = 2048;
const firstPriority = 1;

function ingressFilter(rtnetlink: Rtnetlink, link: LinkRef, write: (message: Message) => void): void {
  const message = new Message(c.RTM_NEWTFILTER, creation | c.NLM_F_EXCL, ingressCapacity);
  message.trafficHeader({ index: link.index, parent: c.TC_INGRESS, info: filterInfo(firstPriority, c.ETH_P_ALL) });
  kind(message, 'u32').nest(c.TCA.OPTIONS, () => {
    write(message);
    message.bytes(c.TCA_U32.SEL, selector(everything));
  });
  rtnetlink.request(message, link.name);
}

const classFilterPriority = 2;
/** Numbers of filters begin behind the table's own (`800::`). */
const classFilterHandle = (minor: number): number => (0x8000_0000 | (0x800 + minor)) >>> 0;

/** Sorts frames for a MAC into the class `1:minor` of a link's root. */
export function addClassFilter(
  rtnetlink: Rtnetlink,
  link: LinkRef,
  sort: { readonly mac: string; readonly root: number; readonly minor: number },
): void {
  const mac = Buffer.from(parseMac(sort.mac));
  const keys = [
    { mask: 0xffff_ffff, value: mac.readUInt32BE(2), offset: -12 },
    { mask: 0x0000_ffff, value: mac.readUInt16BE(0), offset: -16 },
  ];
  const message = new Message(c.RTM_NEWTFILTER, creation | c.NLM_F_EXCL);
  const info = filterInfo(classFilterPriority, c.ETH_P_ALL);
  message.trafficHeader({ index: link.index, handle: classFilterHandle(sort.minor), parent: sort.root, info });
  kind(message, 'u32').nest(c.TCA.OPTIONS, () =>
    message.number(c.TCA_U32.CLASSID, (sort.root | sort.minor) >>> 0).bytes(c.TCA_U32.SEL, selector(keys)),
  );
  rtnetlink.request(message, link.name);
}

export function removeClassFilter(rtnetlink: Rtnetlink, link: LinkRef, sort: { readonly root: number; readonly minor: number }): boolean {
  const message = new Message(c.RTM_DELTFILTER, change);
  const info = filterInfo(classFilterPriority, c.ETH_P_ALL);
  message.trafficHeader({ index: link.index, handle: classFilterHandle(sort.minor), parent: sort.root, info });
  return unlessNone(() => rtnetlink.request(kind(message, 'u32'), link.name));
}

const trafficHeaderBytes = 20;
const dumping = c.NLM_F_REQUEST | c.NLM_F_DUMP;

/** Queueing disciplines of a link, the kernel's own among them. */
export function listQdiscs(rtnetlink: Rtnetlink, link: LinkRef): Qdisc[] {
  return rtnetlink.dump(new Message(c.RTM_GETQDISC, dumping).trafficHeader({ index: link.index }), (payload, type) => {
    if (type !== c.RTM_NEWQDISC || payload.readInt32LE(4) !== link.index) return undefined;
    const name = textOf(attributesIn(payload, trafficHeaderBytes).get(c.TCA.KIND)) ?? '';
    return { kind: name, handle: payload.readUInt32LE(8), parent: payload.readUInt32LE(12) };
  });
}

/** Classes of a link's token bucket; those without a parent class name the root as theirs. */
export function listClasses(rtnetlink: Rtnetlink, link: LinkRef): HtbClass[] {
  return rtnetlink.dump(new Message(c.RTM_GETTCLASS, dumping).trafficHeader({ index: link.index }), (payload, type) => {
    if (type !== c.RTM_NEWTCLASS || payload.readInt32LE(4) !== link.index) return undefined;
    const options = nested(attributesIn(payload, trafficHeaderBytes).get(c.TCA.OPTIONS));
    const numbers = options.get(c.TCA_HTB.PARMS);
    if (!numbers) return undefined;
    const rate = wideOf(options.get(c.TCA_HTB.RATE64)) ?? numbers.readUInt32LE(8);
    return {
      handle: payload.readUInt32LE(8),
      parent: payload.readUInt32LE(12),
      rate,
      ceil: wideOf(options.get(c.TCA_HTB.CEIL64)) ?? numbers.readUInt32LE(20),
      burstBytes: bytesInTicks(numbers.readUInt32LE(24), rate),
      quantum: numbers.readUInt32LE(32),
    };
  });
}

const wideOf = (attribute: Buffer | undefined): number | undefined =>
  attribute && attribute.length >= 8 ? Number(attribute.readBigUInt64LE(0)) : undefined;

/** Filters of what a link receives. */
export function listIngressFilters(rtnetlink: Rtnetlink, link: LinkRef): IngressFilter[] {
  const message = new Message(c.RTM_GETTFILTER, dumping).trafficHeader({ index: link.index, parent: c.TC_INGRESS });
  return rtnetlink.dump(message, (payload, type) => {
    if (type !== c.RTM_NEWTFILTER || payload.readInt32LE(4) !== link.index) return undefined;
    const options = nested(attributesIn(payload, trafficHeaderBytes).get(c.TCA.OPTIONS));
    const action = nested(nested(options.get(c.TCA_U32.ACT)).get(1));
    const redirect = nested(action.get(c.TCA_ACT.OPTIONS)).get(c.TCA_MIRRED_PARMS);
    const policed = nested(options.get(c.TCA_U32.POLICE)).get(c.TCA_POLICE.TBF);
    if (!options.has(c.TCA_U32.SEL)) return undefined;
    return {
      ...optional('redirectTo', redirect && numberOf(redirect.subarray(24))),
      ...optional('policedRate', policed?.readUInt32LE(28)),
    };
  });
}
