import { startTelemetry } from '@virtbus/telemetry';
import { startNetd } from './start.js';

const telemetry = await startTelemetry({ service: 'netd', version: '0.1.0' });
process.once('SIGTERM', () => void telemetry.shutdown());
await startNetd();
