import { expect, test } from 'vitest';
import { exportWanted } from './index.js';

const endpoint = 'http://127.0.0.1:4318';

test.each<[string, Record<string, string>, boolean]>([
  ['nothing is said', {}, false],
  ['an endpoint is named', { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, true],
  ['an endpoint for traces is named', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint }, true],
  ['the endpoint is empty', { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }, false],
  ['the SDK is disabled', { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: 'TRUE' }, false],
  ['the SDK is not disabled', { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: 'false' }, true],
  ['traces have no exporter', { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_EXPORTER: 'none' }, false],
])('when %s', (_, environment, wanted) => expect(exportWanted(environment)).toBe(wanted));
