import { exportWanted } from './environment.js';
import { enablePropagation } from './propagation.js';

export interface TelemetryOptions {
  readonly service: string;
  readonly version: string;
  /** Default: the process's. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface Telemetry {
  /** True when spans are recorded and leave the process. */
  readonly exporting: boolean;
  /** Sends what is left. Never throws: telemetry is no reason to fail. */
  shutdown(): Promise<void>;
}

const QUIET: Telemetry = { exporting: false, shutdown: async () => undefined };

/**
 * Lets traces pass through, and exports spans over OTLP/HTTP when the standard variables name an endpoint. The SDK costs 20 MB
 * and 100 ms, so it is loaded only then.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  enablePropagation();
  if (!exportWanted(options.environment ?? process.env)) return QUIET;
  const { startExport } = await import('./export.js');
  return startExport(options);
}
