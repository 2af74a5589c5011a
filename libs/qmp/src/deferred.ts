export interface Deferred<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

/** ES2024's Promise.withResolvers, which the workspace's library level does not have yet. */
export function deferred<Value>(): Deferred<Value> {
  let resolve: Deferred<Value>['resolve'] = unset;
  let reject: Deferred<Value>['reject'] = unset;
  const promise = new Promise<Value>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

function unset(): never {
  throw new Error('a promise calls its executor at once');
}
