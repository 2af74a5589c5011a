/** Where the library says what an operator should know. Nest's own Logger fits. */
export interface Log {
  log(message: string): void;
  warn(message: string): void;
  error(message: string, cause?: unknown): void;
}

const silent = (): void => undefined;
export const noLog: Log = { log: silent, warn: silent, error: silent };
