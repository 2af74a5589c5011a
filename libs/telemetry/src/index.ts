/** Traces: start-up, and the one table of span and attribute names. */
export { wireAttributes } from './attributes.js';
export { exportWanted } from './environment.js';
export { attributeNames, operations, type AttributeKey, type Attributes, type Operation } from './names-table.js';
export { enablePropagation, formatTraceparent, parseTraceparent } from './propagation.js';
export { recordSpans, type RecordedSpan, type SpanRecorder } from './record-spans.js';
export { addAttributes, errorType, failSpan, inSpan, withSpan } from './span.js';
export { startTelemetry, type Telemetry, type TelemetryOptions } from './start.js';
