export type Unsubscribe = () => void;

/** Who is told. One listener's exception neither keeps the others from hearing nor stops the reader: it surfaces as uncaught, being a bug. */
export class Listeners<Value> {
  readonly #all = new Set<(value: Value) => void>();

  add(listener: (value: Value) => void): Unsubscribe {
    const entry = (value: Value) => listener(value);
    this.#all.add(entry);
    return () => void this.#all.delete(entry);
  }

  tell(value: Value): void {
    for (const listener of [...this.#all]) {
      try {
        listener(value);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
