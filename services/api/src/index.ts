export { startApi, type ApiOptions, type RunningApi } from './start.js';
export { restListeningOf, tryListening, type RestListening } from './rest/listening.js';
export { listeningOf, type Listening } from './rpc/listening.js';
