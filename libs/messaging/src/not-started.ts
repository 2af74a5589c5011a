import { Logger } from '@nestjs/common';

/** What stands in the way of a service's start, in words for whoever starts it. Any other error is a bug, and is shown as one. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted';
}

/** For a service that has a process of its own: what keeps it from starting is a line of its log, not a stack, and the status 1. */
export function orSay(service: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof NotStarted)) throw error;
    new Logger(service).fatal(`not started: ${error.message}`);
    process.exit(1);
  };
}
