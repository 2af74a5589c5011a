import { startTelemetry } from '@virtbus/telemetry';
import { startHostAgent } from './start.js';

const telemetry = await startTelemetry({ service: 'host-agent', version: '0.1.0' });
process.once('SIGTERM', () => void telemetry.shutdown());
await startHostAgent();
