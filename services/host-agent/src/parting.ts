/**
 * What goes on beside the handlers, and ends before what it uses: whether somebody closes the service or a signal ends its process, of
 * which Nest alone hears.
 */
export class Parting {
  private readonly ends: (() => Promise<void>)[] = [];

  add(end: () => Promise<void>): void {
    this.ends.push(end);
  }

  /** Nest's hook. */
  async beforeApplicationShutdown(): Promise<void> {
    for (const end of this.ends.splice(0)) await end();
  }
}
