import { startApi } from './start.js';

await startApi();
