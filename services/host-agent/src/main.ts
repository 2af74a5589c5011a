import { startHostAgent } from './start.js';

await startHostAgent();
