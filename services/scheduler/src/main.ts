import { startTelemetry } from '@virtbus/telemetry';
import { startScheduler } from './start.js';

const telemetry = await startTelemetry({ service: 'scheduler', version: '0.1.0' });
process.once('SIGTERM', () => void telemetry.shutdown());
await startScheduler();
