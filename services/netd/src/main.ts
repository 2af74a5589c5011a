import { startNetd } from './start.js';

await startNetd();
