import { startScheduler } from './start.js';

await startScheduler();
