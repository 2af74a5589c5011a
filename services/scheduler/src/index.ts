export { startScheduler } from './start.js';
