/**
 * Thrown by a handler that cannot go on yet. It is called again after `ms`, in the same process and without counting as a
 * failed delivery, until the command's deadline; then `cause` is the answer.
 */
export class RetryLater extends Error {
  override readonly name = 'RetryLater';

  constructor(
    readonly ms: number,
    cause?: unknown,
  ) {
    super(`again in ${ms} ms`, { cause });
  }
}
