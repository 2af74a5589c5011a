type Optional<T> = { [K in keyof T]: undefined extends T[K] ? K : never }[keyof T];

/** The same object with every property that may be undefined made optional. */
export type Defined<T> = { [K in Exclude<keyof T, Optional<T>>]: T[K] } & { [K in Optional<T>]?: Exclude<T[K], undefined> };

/** Leaves out what is undefined: an absent field of a message is absent, not null. */
export function defined<T extends object>(value: T): Defined<T> {
  // The result has exactly the properties that its type says; TypeScript cannot follow the filter.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Defined<T>;
}
