import { bridgeCases } from './bridge-cases.js';
import type { ConformanceCase } from './case.js';
import { directCases } from './direct-cases.js';
import { networkCases } from './network-cases.js';
import { tapCases } from './tap-cases.js';
import { tapNameCases } from './tap-name-cases.js';

/** What every `Links` does, the real one and the fake. Each case gets a host of its own. */
export const linksCases: readonly ConformanceCase[] = [...bridgeCases, ...tapNameCases, ...tapCases, ...directCases, ...networkCases];
