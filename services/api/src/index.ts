export { startApi, type ApiOptions } from './start.js';
export { listeningOf, type Listening } from './rpc/listening.js';
