/** How old a count may be. Milliseconds: whoever asks for many things about a domain gets one count, not one each. */
const FRESH_MS = 1_000;
const MOST = 10_000;

interface Counted {
  readonly at: number;
  readonly time: Promise<bigint>;
}

/** What domains have used of processors, asked of their hosts no oftener than once a second for each, however many clients ask. */
export class CpuTimes {
  private readonly counted = new Map<string, Counted>();

  constructor(
    private readonly count: (uuid: string) => Promise<bigint>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Nanoseconds; 0 while the host does not say. */
  of(uuid: string): Promise<bigint> {
    const held = this.counted.get(uuid);
    const at = this.now();
    if (held && at - held.at < FRESH_MS) return held.time;
    if (this.counted.size >= MOST) this.counted.clear();
    const time = this.count(uuid);
    this.counted.set(uuid, { at, time });
    return time;
  }
}
