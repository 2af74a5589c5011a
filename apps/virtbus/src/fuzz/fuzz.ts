import { LibvirtError } from '@virtbus/libvirt-xml';
import { mutate } from './mutate.js';
import { seeded } from './random.js';

export interface Seed {
  /** The name of its root element's documents. */
  readonly kind: string;
  readonly xml: string;
}

export interface FuzzOptions {
  readonly count: number;
  readonly seed: number;
  readonly seeds: readonly Seed[];
  /** What is tried: it may throw LibvirtError, and nothing else. */
  readonly attempt: (document: Seed) => void;
  /** Milliseconds that one document may take. */
  readonly limitMs: number;
  /** Milliseconds, from any moment on. */
  readonly clock: () => number;
}

export interface Finding {
  readonly number: number;
  readonly document: Seed;
  readonly what: string;
}

export interface FuzzReport {
  readonly accepted: number;
  readonly refused: number;
  readonly slowestMs: number;
  /** Documents that crashed or took too long; none is as it should be. */
  readonly findings: readonly Finding[];
}

/** How often a document that took long is tried again: a machine may be busy, a document that hangs hangs each time. */
const TRIES = 3;

type Result = 'accepted' | 'refused' | { readonly crash: string };

/** Tries as many wrong documents as asked for. */
export function fuzz(options: FuzzOptions): FuzzReport {
  const random = seeded(options.seed);
  const texts = options.seeds.map(({ xml }) => xml);
  const counts = { accepted: 0, refused: 0 };
  const findings: Finding[] = [];
  let slowestMs = 0;
  for (let number = 0; number < options.count; number += 1) {
    const seed = random.pick(options.seeds);
    const document = { kind: seed.kind, xml: mutate(seed.xml, random, texts) };
    const { result, ms } = timed(document, options);
    slowestMs = Math.max(slowestMs, ms);
    if (typeof result !== 'string') findings.push({ number, document, what: result.crash });
    else counts[result] += 1;
    if (ms > options.limitMs) findings.push({ number, document, what: `took ${ms.toFixed(0)} ms` });
  }
  return { ...counts, slowestMs, findings };
}

interface Timed {
  readonly result: Result;
  readonly ms: number;
}

function timed(document: Seed, options: FuzzOptions): Timed {
  let best = once(document, options);
  for (let left = TRIES - 1; left > 0 && best.ms > options.limitMs; left -= 1) {
    const again = once(document, options);
    best = { result: again.result, ms: Math.min(best.ms, again.ms) };
  }
  return best;
}

function once(document: Seed, options: FuzzOptions): Timed {
  const from = options.clock();
  const result = attempted(document, options);
  return { result, ms: options.clock() - from };
}

function attempted(document: Seed, { attempt }: FuzzOptions): Result {
  try {
    attempt(document);
    return 'accepted';
  } catch (error) {
    if (error instanceof LibvirtError) return 'refused';
    return { crash: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
