import { orSay } from '@virtbus/messaging';
import { startTelemetry } from '@virtbus/telemetry';
import { startApi } from './start.js';

const telemetry = await startTelemetry({ service: 'api', version: '0.1.0' });
await startApi().catch(orSay('api'));
// Only now: while the service waits for its server, a signal just ends it.
process.once('SIGTERM', () => void telemetry.shutdown());
