export { startHostAgent, type HostAgentOptions } from './start.js';
