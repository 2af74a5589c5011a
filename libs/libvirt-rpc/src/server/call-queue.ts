/**
 * At most so many calls of one client at work; the rest wait in the order of their coming. Reading goes on meanwhile, so that pings
 * are answered while a long call runs, until what waits is over its own bound.
 */
export class CallQueue {
  private readonly waiting: { readonly work: () => Promise<void>; readonly bytes: number }[] = [];
  private running = 0;
  private waitingBytes = 0;

  constructor(
    private readonly limits: { readonly running: number; readonly waiting: number; readonly bytes: number },
    /** The queue has room again. */
    private readonly onRoom: () => void,
  ) {}

  /** Of the calls that wait. */
  get bytes(): number {
    return this.waitingBytes;
  }

  get full(): boolean {
    return this.waiting.length >= this.limits.waiting || this.waitingBytes >= this.limits.bytes;
  }

  /** @param work never rejects */
  add(work: () => Promise<void>, bytes: number): void {
    if (this.running < this.limits.running) return this.start(work);
    this.waiting.push({ work, bytes });
    this.waitingBytes += bytes;
  }

  clear(): void {
    this.waiting.length = 0;
    this.waitingBytes = 0;
  }

  private start(work: () => Promise<void>): void {
    this.running += 1;
    void work().then(() => this.ended());
  }

  private ended(): void {
    this.running -= 1;
    const wasFull = this.full;
    const next = this.waiting.shift();
    if (!next) return;
    this.waitingBytes -= next.bytes;
    this.start(next.work);
    if (wasFull && !this.full) this.onRoom();
  }
}
