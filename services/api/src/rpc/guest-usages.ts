/** How old a count may be. Milliseconds: whoever asks for many things about a domain gets one count, not one each. */
const FRESH_MS = 1_000;
const MOST = 10_000;

/** What a running domain has, as its host counts it. */
export interface GuestUsage {
  /** Nanoseconds; 0 while the host does not say. */
  readonly cpuTime: bigint;
  /** What its balloon leaves it, KiB; absent while the host does not say. */
  readonly memoryKiB?: bigint | undefined;
}

interface Counted {
  readonly at: number;
  readonly usage: Promise<GuestUsage>;
}

/** What domains use, asked of their hosts no oftener than once a second for each, however many clients ask. */
export class GuestUsages {
  private readonly counted = new Map<string, Counted>();

  constructor(
    private readonly count: (uuid: string) => Promise<GuestUsage>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  of(uuid: string): Promise<GuestUsage> {
    const held = this.counted.get(uuid);
    const at = this.now();
    if (held && at - held.at < FRESH_MS) return held.usage;
    if (this.counted.size >= MOST) this.counted.clear();
    const usage = this.count(uuid);
    this.counted.set(uuid, { at, usage });
    return usage;
  }
}
