/** The properties that have a value: what `exactOptionalPropertyTypes` wants of an object put together from maybes. */
export function defined<T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> };
export function defined(given: object): object {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
