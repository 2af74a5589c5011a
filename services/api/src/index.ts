export { startApi } from './start.js';
