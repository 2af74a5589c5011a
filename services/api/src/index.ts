export { startApi, type ApiOptions, type RunningApi } from './start.js';
export { restListeningOf, type RestListening } from './rest/listening.js';
export { listeningOf, type Listening } from './rpc/listening.js';
