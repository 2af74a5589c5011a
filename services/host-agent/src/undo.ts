import type { HostLog } from './ports.js';

/** What has been done so far, so that it can be taken back, last thing first. */
export class Undo {
  private readonly steps: { readonly what: string; readonly act: () => Promise<unknown> }[] = [];

  constructor(
    private readonly log: HostLog,
    private readonly when = 'after a failed start',
  ) {}

  push(what: string, act: () => Promise<unknown>): void {
    this.steps.push({ what, act });
  }

  /** A step that cannot be taken back is reported, and the others are still tried. */
  async run(): Promise<void> {
    for (const { what, act } of this.steps.toReversed()) {
      await act().catch((error: unknown) => this.log.error(`${this.when}: cannot ${what}`, error));
    }
    this.steps.length = 0;
  }
}
