export { startNetd } from './start.js';
