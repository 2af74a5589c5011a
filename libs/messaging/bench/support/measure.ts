/** One thing measured, and what it is compared with. */
export interface Row {
  readonly name: string;
  /** The row that it is a multiple of. */
  readonly against?: string;
  readonly act: () => Promise<unknown>;
}

interface Measured {
  readonly p50: number;
  readonly p99: number;
}

const NOTHING: Measured = { p50: 0, p99: 0 };
const WARM_UP = 300;
const ROUNDS = 10;
const PER_ROUND = 200;

/** Rounds of all rows take turns, so that what else the machine does meets all of them alike. */
export async function measure(rows: readonly Row[]): Promise<void> {
  const times = new Map<Row, number[]>(rows.map((row) => [row, []]));
  for (const row of rows) await repeat(row, WARM_UP);
  for (let round = 0; round < ROUNDS; round += 1) for (const row of rows) times.get(row)?.push(...(await repeat(row, PER_ROUND)));
  const results = new Map([...times].map(([row, taken]) => [row.name, summary(taken)]));
  console.log(`${'one after the other'.padEnd(44)} p50 µs   p99 µs   × p50`);
  for (const row of rows) console.log(line(row, results));
}

function line({ name, against }: Row, results: ReadonlyMap<string, Measured>): string {
  const { p50, p99 } = results.get(name) ?? NOTHING;
  const base = results.get(against ?? name) ?? NOTHING;
  const ratio = against === undefined ? '' : (p50 / base.p50).toFixed(2);
  return `${name.padEnd(44)}${p50.toFixed(0).padStart(7)}${p99.toFixed(0).padStart(9)}${ratio.padStart(8)}`;
}

async function repeat({ act }: Row, times: number): Promise<number[]> {
  const taken: number[] = [];
  for (let turn = 0; turn < times; turn += 1) {
    const begun = performance.now();
    await act();
    taken.push((performance.now() - begun) * 1_000);
  }
  return taken;
}

function summary(taken: readonly number[]): Measured {
  const sorted = taken.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
