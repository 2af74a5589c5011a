/** As many are remembered; the oldest goes first. It costs its key one more question when it is made again. */
const MOST = 4096;

/** At which revision keys were deleted by this process: what is made again soon need not ask first. A guess, never a truth. */
export class Deletions {
  readonly #revisions = new Map<string, number>();

  remember(subject: string, revision: number): void {
    this.#revisions.delete(subject);
    this.#revisions.set(subject, revision);
    const [oldest] = this.#revisions.keys();
    if (this.#revisions.size > MOST && oldest !== undefined) this.#revisions.delete(oldest);
  }

  /** Answers once. */
  take(subject: string): number | undefined {
    const revision = this.#revisions.get(subject);
    this.#revisions.delete(subject);
    return revision;
  }
}
