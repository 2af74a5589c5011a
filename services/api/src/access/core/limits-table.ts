import { MAX_XML_BYTES } from '@virtbus/contracts';
import type { Role } from './identity.js';
import type { Rate } from './rate-limit.js';

export interface Limits {
  /** Calls of one credential. */
  readonly calls: Rate;
  /** Calls that change something, counted among the others too. */
  readonly writes: Rate;
  /** The largest body of one call, in bytes. */
  readonly bodyBytes: number;
  /** Event streams, consoles and screens open at once. */
  readonly streams: number;
}

/** One XML document whose every byte JSON escapes as two, and its envelope. */
const WHOLE_DOCUMENT = 2 * MAX_XML_BYTES + 64 * 1024;

/** A viewer sends nothing but questions, which are short. */
export const limitsTable: Readonly<Record<Role, Limits>> = {
  viewer: { calls: { perSecond: 200, burst: 400 }, writes: { perSecond: 1, burst: 1 }, bodyBytes: 16 * 1024, streams: 32 },
  operator: { calls: { perSecond: 500, burst: 1_000 }, writes: { perSecond: 100, burst: 300 }, bodyBytes: WHOLE_DOCUMENT, streams: 64 },
  administrator: {
    calls: { perSecond: 5_000, burst: 20_000 },
    writes: { perSecond: 2_000, burst: 10_000 },
    bodyBytes: WHOLE_DOCUMENT,
    streams: 1_024,
  },
};

/** Credentials that are refused, by where they come from: guessing is slow. */
export const guesses: Rate = { perSecond: 1, burst: 20 };
