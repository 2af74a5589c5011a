import { orSay } from '@virtbus/messaging';
import { startTelemetry } from '@virtbus/telemetry';
import { startScheduler } from './start.js';

const telemetry = await startTelemetry({ service: 'scheduler', version: '0.1.0' });
await startScheduler().catch(orSay('scheduler'));
// Only now: while the service waits for its server, a signal just ends it.
process.once('SIGTERM', () => void telemetry.shutdown());
