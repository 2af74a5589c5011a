/** usage: npm run fuzz -- [--count N] [--seed N] */
import { parseArgs } from 'node:util';
import { attempt, readSeeds } from './fixtures.js';
import { fuzz } from './fuzz.js';

/** Time that the processor has spent on this process: a busy machine does not make a document slow. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / MICROSECONDS_PER_MS;
}

const MICROSECONDS_PER_MS = 1000;
const WARM_UP = 500;
const HANG_MS = 100;
/** Documents of up to 2 MiB, and all that is looked for in them, wait to be collected: up to the heap that Node is given, and its own. */
const MEMORY_MIB_MAX = 512;
const KIB_PER_MIB = 1024;

const { values } = parseArgs({ options: { count: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } } });
const [count, seed] = [Number(values.count), Number(values.seed)];

const seeds = readSeeds();
const options = { seeds, attempt, limitMs: HANG_MS, clock: processorMs };
// The first documents are read by cold code, which says nothing about them.
fuzz({ ...options, count: WARM_UP, seed: 0 });

const { accepted, refused, slowestMs, findings } = fuzz({ ...options, count, seed });
const memoryMiB = process.resourceUsage().maxRSS / KIB_PER_MIB;
for (const { number, document, what } of findings)
  console.error(`document ${number} of seed ${seed} (${document.kind}): ${what}\n${document.xml.slice(0, 2000)}\n`);
console.log(
  `${count} documents from ${seeds.length} seeds, seed ${seed}: ${accepted} accepted, ${refused} refused, ${findings.length} crashed or took over ${HANG_MS} ms`,
);
console.log(`slowest ${slowestMs.toFixed(1)} ms, largest resident memory ${memoryMiB.toFixed(0)} MiB (limit ${MEMORY_MIB_MAX})`);
process.exitCode = findings.length > 0 || memoryMiB > MEMORY_MIB_MAX ? 1 : 0;
