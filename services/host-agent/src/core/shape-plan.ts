/** Traffic shaping in the kernel's units, from libvirt's: kilobytes of 1000 bytes a second, bursts in kilobytes of 1024 (tc(8) `kbps`, `kb`). */
import type { ActualNetDef, Bandwidth, Rate } from '@virtbus/contracts';

export interface Flow {
  /** Bytes a second, guaranteed and at most. */
  readonly rate: number;
  readonly ceil: number;
  /** Absent: as little as one frame needs. */
  readonly burstBytes?: number;
  readonly quantum: number;
}

export interface Limit {
  readonly rate: number;
  readonly burstBytes: number;
}

/** One link's shaping, as the guest sees it. */
export interface ShapePlan {
  readonly inbound?: Flow;
  readonly outbound?: Limit;
}

/** A guaranteed part of what a network's bridge lets in. */
export interface FloorPlan {
  /** The class below the bridge's root, from 3 up. */
  readonly minor: number;
  readonly mac: string;
  readonly rate: number;
  readonly quantum: number;
}

const KILO = 1000;
const KIBI = 1024;
const MTU_BYTES = 1500;
/** `tc` takes bursts up to 32 bits of bytes; libvirt clamps the one that it makes up. */
const BURST_KIB_MAX = 4_194_303;

/** At least a frame at a turn, as libvirt counts it: 1024 kB/s are 87. */
export const quantumOf = (kilobytes: number): number => Math.max(Math.floor((kilobytes * KIBI) / 8 / MTU_BYTES), 1);

/** undefined without an average: a floor alone does not bound. */
function flowOf({ average, peak, burst }: Rate): Flow | undefined {
  if (average === undefined || average === 0) return undefined;
  return {
    rate: average * KILO,
    ceil: Math.max(peak ?? average, average) * KILO,
    ...(burst === undefined || burst === 0 ? {} : { burstBytes: burst * KIBI }),
    quantum: quantumOf(average),
  };
}

function limitOf({ average, burst }: Rate): Limit | undefined {
  if (average === undefined || average === 0) return undefined;
  return { rate: average * KILO, burstBytes: Math.min(burst === undefined || burst === 0 ? average : burst, BURST_KIB_MAX) * KIBI };
}

export function shapePlanOf({ inbound, outbound }: Bandwidth): ShapePlan {
  const [flow, limit] = [inbound && flowOf(inbound), outbound && limitOf(outbound)];
  return { ...(flow ? { inbound: flow } : {}), ...(limit ? { outbound: limit } : {}) };
}

/** undefined for a port that has no class of its network's bridge. */
export function floorOf({ classId: minor, bandwidth }: ActualNetDef): Omit<FloorPlan, 'mac'> | undefined {
  const { floor, average } = bandwidth?.inbound ?? {};
  if (minor === undefined || floor === undefined) return undefined;
  return { minor, rate: floor * KILO, quantum: quantumOf(average ?? floor) };
}

/** What a network's other traffic is sure of: what the floors leave, and never nothing. */
export const remainderOf = (ceil: number, floors: readonly number[]): number =>
  Math.max(ceil - floors.reduce((sum, one) => sum + one, 0), KILO);

/** The name of the link that shapes what another one receives: that name itself, or for a long one a number made of it. */
export function shaperName(link: string): string {
  const plain = `ifb-${link}`;
  if (Buffer.byteLength(plain) <= 15) return plain;
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (const byte of Buffer.from(link)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100_0000_01b3n);
  return `ifb-${hash.toString(36).slice(-11)}`;
}
