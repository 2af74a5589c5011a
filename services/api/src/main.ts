import { startTelemetry } from '@virtbus/telemetry';
import { startApi } from './start.js';

const telemetry = await startTelemetry({ service: 'api', version: '0.1.0' });
process.once('SIGTERM', () => void telemetry.shutdown());
await startApi();
