import { inspect } from 'node:util';
import type { Log } from '@virtbus/messaging';

export interface RecordedLog extends Log {
  /** In order, as `warn: words`. */
  readonly lines: readonly string[];
}

/** A log that a test can look into. */
export function recordedLog(): RecordedLog {
  const lines: string[] = [];
  return {
    lines,
    log: (words) => void lines.push(`log: ${words}`),
    warn: (words) => void lines.push(`warn: ${words}`),
    error: (words, cause) => void lines.push(`error: ${words}${cause === undefined ? '' : ` (${inspect(cause)})`}`),
  };
}
