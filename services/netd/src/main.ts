import { orSay } from '@virtbus/messaging';
import { startTelemetry } from '@virtbus/telemetry';
import { startNetd } from './start.js';

const telemetry = await startTelemetry({ service: 'netd', version: '0.1.0' });
await startNetd().catch(orSay('netd'));
// Only now: while the service waits for its server, a signal just ends it.
process.once('SIGTERM', () => void telemetry.shutdown());
