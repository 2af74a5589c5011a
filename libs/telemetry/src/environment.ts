/** OpenTelemetry's standard variables, as far as they decide whether spans leave the process. */
type Environment = Readonly<Record<string, string | undefined>>;

const isSet = (text: string | undefined): boolean => text !== undefined && text.trim() !== '';

/** Spans are exported only when someone has said where to. */
export function exportWanted(environment: Environment): boolean {
  if (environment['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true') return false;
  if (environment['OTEL_TRACES_EXPORTER']?.trim() === 'none') return false;
  return isSet(environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']) || isSet(environment['OTEL_EXPORTER_OTLP_ENDPOINT']);
}
