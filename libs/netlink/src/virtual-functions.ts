import {
  IFLA,
  IFLA_VF,
  IFLA_VF_INFO,
  NLM_F_ACK,
  NLM_F_REQUEST,
  RTEXT_FILTER_SKIP_STATS,
  RTEXT_FILTER_VF,
  RTM_GETLINK,
  RTM_NEWLINK,
  RTM_SETLINK,
} from './constants.js';
import { attributesIn, listIn, nested, numberOf, optional } from './decode.js';
import type { LinkRef } from './links.js';
import { Message } from './message.js';
import { formatMac, parseMac } from './net-text.js';
import type { Rtnetlink } from './rtnetlink.js';

/** One virtual function of an SR-IOV card, as its physical function administers it: ip-link(8), "vf". */
export interface VirtualFunction {
  readonly number: number;
  /** The administered MAC; all zeros where the function may choose. */
  readonly mac?: string;
  /** 0: untagged. */
  readonly vlan: number;
  readonly qos: number;
  readonly spoofCheck?: boolean;
  readonly trust?: boolean;
}

export interface VirtualFunctionChange {
  readonly mac?: string;
  /** 0 takes a tag away. */
  readonly vlan?: number;
}

const linkHeaderBytes = 16;
/** `struct ifla_vf_mac`: the function's number, then 32 bytes of address. */
const vfMacBytes = 36;

/** The virtual functions that a link administers; none for a link that is no physical function. @throws NetlinkError ENODEV */
export function listVirtualFunctions(rtnetlink: Rtnetlink, physical: LinkRef): VirtualFunction[] {
  const message = new Message(RTM_GETLINK, NLM_F_REQUEST)
    .linkHeader({ index: physical.index })
    .number(IFLA.EXT_MASK, RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS);
  return rtnetlink.get(message, readFunctions, physical.name)?.functions ?? [];
}

function readFunctions(payload: Buffer, type: number): { readonly functions: VirtualFunction[] } | undefined {
  if (type !== RTM_NEWLINK) return undefined;
  const list = attributesIn(payload, linkHeaderBytes).get(IFLA.VFINFO_LIST);
  return { functions: listIn(list, IFLA_VF_INFO).flatMap((one) => readFunction(one) ?? []) };
}

function readFunction(info: Buffer): VirtualFunction | undefined {
  const values = nested(info);
  const mac = values.get(IFLA_VF.MAC);
  const number = numberOf(mac);
  if (mac === undefined || number === undefined) return undefined;
  const vlan = values.get(IFLA_VF.VLAN);
  return {
    number,
    ...optional('mac', formatMac(mac.subarray(4, 10))),
    vlan: numberOf(vlan?.subarray(4)) ?? 0,
    qos: numberOf(vlan?.subarray(8)) ?? 0,
    ...optional('spoofCheck', switchOf(values.get(IFLA_VF.SPOOFCHK))),
    ...optional('trust', switchOf(values.get(IFLA_VF.TRUST))),
  };
}

/** `{ u32 vf; u32 setting; }`; a driver that has no such switch reports -1. */
function switchOf(attribute: Buffer | undefined): boolean | undefined {
  const setting = numberOf(attribute?.subarray(4));
  return setting === undefined || setting > 1 ? undefined : setting === 1;
}

/**
 * Administers one virtual function; what is not named stays.
 * @throws NetlinkError EOPNOTSUPP by a driver that cannot, EINVAL for a function that is not there or a MAC that the driver refuses
 */
export function setVirtualFunction(rtnetlink: Rtnetlink, physical: LinkRef, number: number, to: VirtualFunctionChange): void {
  const message = new Message(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK).linkHeader({ index: physical.index });
  message.nest(IFLA.VFINFO_LIST, (list) =>
    list.nest(IFLA_VF_INFO, (info) => {
      if (to.mac !== undefined) info.bytes(IFLA_VF.MAC, vfMac(number, to.mac));
      if (to.vlan !== undefined) info.bytes(IFLA_VF.VLAN, vfVlan(number, to.vlan));
    }),
  );
  rtnetlink.request(message, `VF ${number} of ${physical.name}`);
}

function vfMac(number: number, mac: string): Buffer {
  const value = Buffer.alloc(vfMacBytes);
  value.writeUInt32LE(number, 0);
  value.set(parseMac(mac), 4);
  return value;
}

/** `struct ifla_vf_vlan`: function, tag, priority. */
function vfVlan(number: number, vlan: number): Buffer {
  const value = Buffer.alloc(12);
  value.writeUInt32LE(number, 0);
  value.writeUInt32LE(vlan, 4);
  return value;
}
