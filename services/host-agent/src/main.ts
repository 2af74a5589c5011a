import { trimMemory } from '@virtbus/libc';
import { orSay } from '@virtbus/messaging';
import { startTelemetry } from '@virtbus/telemetry';
import { startHostAgent } from './start.js';

const telemetry = await startTelemetry({ service: 'host-agent', version: '0.1.0' });
// Not with 0: whoever supervises it starts it again, and it then says why it may not run.
await startHostAgent({ onOvertaken: () => process.exit(1) }).catch(orSay('host-agent'));
trimMemory();
// Only now: while the service waits for its server, a signal just ends it.
process.once('SIGTERM', () => void telemetry.shutdown());
