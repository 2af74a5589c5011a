const colour = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
const paint = (code: string, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);

/** What the demo says, and how long each part took. */
export class Story {
  private readonly startedAt = performance.now();
  private readonly timings: { readonly what: string; readonly ms: number }[] = [];
  private chapters = 0;

  chapter(title: string): void {
    this.chapters += 1;
    console.log(`\n${paint('1;36', `${this.chapters}. ${title}`)}`);
  }

  line(text: string): void {
    console.log(`   ${text}`);
  }

  good(text: string): void {
    console.log(`   ${paint('32', '✔')} ${text}`);
  }

  failed(error: unknown): void {
    console.error(`\n${paint('31', 'the demo failed')}: ${error instanceof Error ? error.message : String(error)}`);
    if (error instanceof Error && process.env['VERBOSE']) console.error(error.stack);
  }

  /** Runs a step and remembers how long it took. */
  async timed<T>(what: string, act: () => Promise<T>): Promise<T> {
    const from = performance.now();
    const result = await act();
    this.timings.push({ what, ms: performance.now() - from });
    return result;
  }

  timingTable(): void {
    for (const { what, ms } of this.timings) this.line(`${what.padEnd(58)} ${ms.toFixed(ms < 100 ? 1 : 0).padStart(8)} ms`);
    this.line(`${'the whole demo'.padEnd(58)} ${(performance.now() - this.startedAt).toFixed(0).padStart(8)} ms`);
  }
}

/** Asks again until the answer is there. @throws Error naming what was waited for */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, timeoutMs = 30_000): Promise<T> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return answer;
    if (performance.now() > giveUpAt) throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
