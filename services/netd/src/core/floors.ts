/**
 * Floors of a network: what is guaranteed to single interfaces must fit into what the network lets in (libvirt `formatnetwork`, "QoS").
 * One record for the whole network, so that no number of hosts and replicas can promise more than there is.
 */
import type { ErrorCode, FloorBook, FloorClaim } from '@virtbus/contracts';
import type { NetworkDef } from '@virtbus/libvirt-xml';
import { forwardMode } from './dnsmasq.js';

export type FloorWish = Omit<FloorClaim, 'classId'>;

export type FloorAnswer =
  | { readonly type: 'claimed'; readonly book: FloorBook; readonly classId: number }
  /** It has been promised already, just so. */
  | { readonly type: 'held'; readonly classId: number }
  /** The MAC is another domain's or a newer placement's: its port is too, and that is what is refused. */
  | { readonly type: 'foreign' }
  | { readonly type: 'refused'; readonly code: ErrorCode; readonly message: string };

const FIRST_CLASS = 3;
const shapedModes = ['none', 'nat', 'route', 'open'];

export function claimFloor(book: FloorBook, wish: FloorWish, network: NetworkDef): FloorAnswer {
  const before = book.floors.find(({ mac }) => mac === wish.mac);
  if (before && (before.domain !== wish.domain || before.epoch > wish.epoch)) return { type: 'foreign' };
  if (before && before.floor === wish.floor && before.epoch === wish.epoch) return { type: 'held', classId: before.classId };
  const refusal = refusalOf(book, wish, network);
  if (refusal) return refusal;
  const others = book.floors.filter(({ mac }) => mac !== wish.mac);
  const classId = before?.classId ?? lowestFree(others);
  return { type: 'claimed', classId, book: { ...book, floors: [...others, { ...wish, classId }] } };
}

/** undefined when nothing changes: it was not there, or a newer placement has it. */
export function releaseFloor(book: FloorBook, of: Pick<FloorClaim, 'mac' | 'domain' | 'epoch'>): FloorBook | undefined {
  const kept = book.floors.filter(({ mac, domain, epoch }) => mac !== of.mac || domain !== of.domain || epoch > of.epoch);
  return kept.length === book.floors.length ? undefined : { ...book, floors: kept };
}

function refusalOf(book: FloorBook, { mac, floor }: FloorWish, network: NetworkDef): Extract<FloorAnswer, { type: 'refused' }> | undefined {
  const misuse = `Operation not supported: Invalid use of 'floor' on interface with MAC address ${mac} - network '${network.name}'`;
  const mode = forwardMode(network);
  const { average, peak } = network.bandwidth?.inbound ?? {};
  if (!shapedModes.includes(mode)) {
    return { type: 'refused', code: 'operation_unsupported', message: `${misuse} has forward mode='${mode}', whose bridge is not its own` };
  }
  if (average === undefined) return { type: 'refused', code: 'operation_unsupported', message: `${misuse} has no inbound QoS set` };
  const others = book.floors.filter((one) => one.mac !== mac).reduce((sum, one) => sum + one.floor, 0);
  const sum = others + floor;
  if (sum <= (peak ?? average)) return undefined;
  const bound = peak === undefined ? `average=${average}` : `peak=${peak}`;
  const words = `Cannot plug '${mac}' interface into '${network.bridge?.name ?? network.name}' because new combined inbound floor=${sum} would overcommit ${bound} of network '${network.name}'`;
  return { type: 'refused', code: 'operation_invalid', message: `Requested operation is not valid: ${words}` };
}

function lowestFree(claims: readonly FloorClaim[]): number {
  const taken = new Set(claims.map(({ classId }) => classId));
  let classId = FIRST_CLASS;
  while (taken.has(classId)) classId += 1;
  return classId;
}
