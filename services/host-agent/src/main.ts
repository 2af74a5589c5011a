import { trimMemory } from '@virtbus/libc';
import { startTelemetry } from '@virtbus/telemetry';
import { startHostAgent } from './start.js';

const telemetry = await startTelemetry({ service: 'host-agent', version: '0.1.0' });
await startHostAgent();
trimMemory();
// Only now: while the service waits for its server, a signal just ends it.
process.once('SIGTERM', () => void telemetry.shutdown());
