import { BucketConflict } from '@virtbus/messaging';

/** Undefined when another was quicker. */
export const lostRace = <T>(attempt: Promise<T>): Promise<T | undefined> =>
  attempt.catch((thrown: unknown) => {
    if (thrown instanceof BucketConflict) return undefined;
    throw thrown;
  });
